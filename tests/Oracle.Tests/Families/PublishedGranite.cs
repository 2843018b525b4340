namespace Flightc.Tests.Families;

/// <summary>Granite: four constants.</summary>
internal static class PublishedGranite
{
    public static byte[] Compose(string folder, int tokens)
    {
        PublishedDecoder d = new(folder, tokens);
        OnnxComposer onnx = d.Onnx;
        int heads = d["num_attention_heads"], kv = d["num_key_value_heads"], size = d["hidden_size"] / heads;
        double epsilon = d.Number("rms_norm_eps"), residual = d.Number("residual_multiplier");
        double[] frequencies = PublishedRotary.Plain(d.Number("rope_theta"), size);
        string x = onnx.Mul(d.Embedding("model.embed_tokens.weight"), d.Number("embedding_multiplier"));
        for (int i = 0; i < d["num_hidden_layers"]; i++)
        {
            string layer = $"model.layers.{i}";
            string h = d.RmsNorm(x, $"{layer}.input_layernorm", epsilon);
            string q = d.Rotary(d.Heads(d.Linear(h, $"{layer}.self_attn.q_proj"), heads), size, frequencies);
            string k = d.Rotary(d.Heads(d.Linear(h, $"{layer}.self_attn.k_proj"), kv), size, frequencies);
            string v = d.Heads(d.Linear(h, $"{layer}.self_attn.v_proj"), kv);
            string mixed = d.Attention(q, k, v, heads, kv, d.Number("attention_multiplier"));
            x = onnx.Add(x, onnx.Mul(d.Linear(mixed, $"{layer}.self_attn.o_proj"), residual));
            h = d.RmsNorm(x, $"{layer}.post_attention_layernorm", epsilon);
            string hidden = onnx.Mul(d.Silu(d.Linear(h, $"{layer}.mlp.gate_proj")), d.Linear(h, $"{layer}.mlp.up_proj"));
            x = onnx.Add(x, onnx.Mul(d.Linear(hidden, $"{layer}.mlp.down_proj"), residual));
        }

        string logits = d.Head(d.RmsNorm(x, "model.norm", epsilon), "model.embed_tokens.weight");
        return d.Build(onnx.Mul(logits, 1 / d.Number("logits_scaling")), d["vocab_size"]);
    }
}
