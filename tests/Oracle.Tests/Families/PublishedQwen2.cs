namespace Flightc.Tests.Families;

/// <summary>Qwen 2: biases of queries, keys and values; a window from one layer on; a tied head.</summary>
internal static class PublishedQwen2
{
    public static byte[] Compose(string folder, int tokens)
    {
        PublishedDecoder d = new(folder, tokens);
        OnnxComposer onnx = d.Onnx;
        int heads = d["num_attention_heads"], kv = d["num_key_value_heads"], size = d["hidden_size"] / heads;
        double epsilon = d.Number("rms_norm_eps");
        double[] frequencies = PublishedRotary.Plain(d.Number("rope_theta"), size);
        string x = d.Embedding("model.embed_tokens.weight");
        for (int i = 0; i < d["num_hidden_layers"]; i++)
        {
            string layer = $"model.layers.{i}";
            string h = d.RmsNorm(x, $"{layer}.input_layernorm", epsilon);
            string q = d.Rotary(d.Heads(d.Linear(h, $"{layer}.self_attn.q_proj"), heads), size, frequencies);
            string k = d.Rotary(d.Heads(d.Linear(h, $"{layer}.self_attn.k_proj"), kv), size, frequencies);
            string v = d.Heads(d.Linear(h, $"{layer}.self_attn.v_proj"), kv);
            int window = i >= d["max_window_layers"] ? d["sliding_window"] : 0;
            string mixed = d.Attention(q, k, v, heads, kv, 1 / Math.Sqrt(size), window);
            x = onnx.Add(x, d.Linear(mixed, $"{layer}.self_attn.o_proj"));
            h = d.RmsNorm(x, $"{layer}.post_attention_layernorm", epsilon);
            string hidden = onnx.Mul(d.Silu(d.Linear(h, $"{layer}.mlp.gate_proj")), d.Linear(h, $"{layer}.mlp.up_proj"));
            x = onnx.Add(x, d.Linear(hidden, $"{layer}.mlp.down_proj"));
        }

        return d.Build(d.Head(d.RmsNorm(x, "model.norm", epsilon), "model.embed_tokens.weight"), d["vocab_size"]);
    }
}
