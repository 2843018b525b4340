namespace Flightc.Tests.Families;

/// <summary>Gemma 1: embeddings times √hidden in BF16, norms of 1 + w, GeGLU.</summary>
internal static class PublishedGemma
{
    public static byte[] Compose(string folder, int tokens)
    {
        PublishedDecoder d = new(folder, tokens);
        OnnxComposer onnx = d.Onnx;
        int heads = d["num_attention_heads"], kv = d["num_key_value_heads"], size = d["head_dim"];
        double epsilon = d.Number("rms_norm_eps");
        double[] frequencies = PublishedRotary.Plain(d.Number("rope_theta"), size);

        // √48 is 6.928…; between 4 and 8 a BF16 has steps of 1/32.
        string x = onnx.Mul(d.Embedding("model.embed_tokens.weight"), Math.Round(Math.Sqrt(d["hidden_size"]) * 32) / 32);
        for (int i = 0; i < d["num_hidden_layers"]; i++)
        {
            string layer = $"model.layers.{i}";
            string h = d.RmsNorm(x, $"{layer}.input_layernorm", epsilon, 1);
            string q = d.Rotary(d.Heads(d.Linear(h, $"{layer}.self_attn.q_proj"), heads), size, frequencies);
            string k = d.Rotary(d.Heads(d.Linear(h, $"{layer}.self_attn.k_proj"), kv), size, frequencies);
            string v = d.Heads(d.Linear(h, $"{layer}.self_attn.v_proj"), kv);
            string mixed = d.Attention(q, k, v, heads, kv, 1 / Math.Sqrt(size));
            x = onnx.Add(x, d.Linear(mixed, $"{layer}.self_attn.o_proj"));
            h = d.RmsNorm(x, $"{layer}.post_attention_layernorm", epsilon, 1);
            string hidden = onnx.Mul(d.GeluTanh(d.Linear(h, $"{layer}.mlp.gate_proj")), d.Linear(h, $"{layer}.mlp.up_proj"));
            x = onnx.Add(x, d.Linear(hidden, $"{layer}.mlp.down_proj"));
        }

        return d.Build(d.Head(d.RmsNorm(x, "model.norm", epsilon, 1), "model.embed_tokens.weight"), d["vocab_size"]);
    }
}
