namespace Flightc.Tests.Families;

/// <summary>Gemma 2: four norms in a layer, capped scores and logits, windows in every other layer.</summary>
internal static class PublishedGemma2
{
    public static byte[] Compose(string folder, int tokens)
    {
        PublishedDecoder d = new(folder, tokens);
        OnnxComposer onnx = d.Onnx;
        int heads = d["num_attention_heads"], kv = d["num_key_value_heads"], size = d["head_dim"];
        double epsilon = d.Number("rms_norm_eps"), scale = 1 / Math.Sqrt(d.Number("query_pre_attn_scalar"));
        double[] frequencies = PublishedRotary.Plain(d.Number("rope_theta"), size);
        string x = onnx.Mul(d.Embedding("model.embed_tokens.weight"), (double)(Half)Math.Sqrt(d["hidden_size"]));
        for (int i = 0; i < d["num_hidden_layers"]; i++)
        {
            string layer = $"model.layers.{i}";
            string h = d.RmsNorm(x, $"{layer}.input_layernorm", epsilon, 1);
            string q = d.Rotary(d.Heads(d.Linear(h, $"{layer}.self_attn.q_proj"), heads), size, frequencies);
            string k = d.Rotary(d.Heads(d.Linear(h, $"{layer}.self_attn.k_proj"), kv), size, frequencies);
            string v = d.Heads(d.Linear(h, $"{layer}.self_attn.v_proj"), kv);
            string mixed = d.Attention(q, k, v, heads, kv, scale, i % 2 == 0 ? d["sliding_window"] : 0, d.Number("attn_logit_softcapping"));
            x = onnx.Add(x, d.RmsNorm(d.Linear(mixed, $"{layer}.self_attn.o_proj"), $"{layer}.post_attention_layernorm", epsilon, 1));
            h = d.RmsNorm(x, $"{layer}.pre_feedforward_layernorm", epsilon, 1);
            string hidden = onnx.Mul(d.GeluTanh(d.Linear(h, $"{layer}.mlp.gate_proj")), d.Linear(h, $"{layer}.mlp.up_proj"));
            x = onnx.Add(x, d.RmsNorm(d.Linear(hidden, $"{layer}.mlp.down_proj"), $"{layer}.post_feedforward_layernorm", epsilon, 1));
        }

        string logits = d.Head(d.RmsNorm(x, "model.norm", epsilon, 1), "model.embed_tokens.weight");
        return d.Build(d.SoftCap(logits, d.Number("final_logit_softcapping")), d["vocab_size"]);
    }
}
