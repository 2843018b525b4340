namespace Flightc.Tests.Families;

/// <summary>Qwen 3: every head of queries and keys is normed before it is turned; here with YaRN.</summary>
internal static class PublishedQwen3
{
    public static byte[] Compose(string folder, int tokens)
    {
        PublishedDecoder d = new(folder, tokens);
        OnnxComposer onnx = d.Onnx;
        int heads = d["num_attention_heads"], kv = d["num_key_value_heads"], size = d["head_dim"];
        double epsilon = d.Number("rms_norm_eps");
        double factor = d.Config["rope_scaling"]!["factor"]!.GetValue<double>();
        double original = d.Config["rope_scaling"]!["original_max_position_embeddings"]!.GetValue<double>();
        double[] frequencies = PublishedRotary.Yarn(d.Number("rope_theta"), size, factor, original);
        double magnitude = (0.1 * Math.Log(factor)) + 1;
        string x = d.Embedding("model.embed_tokens.weight");
        for (int i = 0; i < d["num_hidden_layers"]; i++)
        {
            string layer = $"model.layers.{i}";
            string h = d.RmsNorm(x, $"{layer}.input_layernorm", epsilon);
            string q = d.Heads(d.Linear(h, $"{layer}.self_attn.q_proj"), heads);
            string k = d.Heads(d.Linear(h, $"{layer}.self_attn.k_proj"), kv);
            q = d.Rotary(d.RmsNorm(q, $"{layer}.self_attn.q_norm", epsilon), size, frequencies, magnitude);
            k = d.Rotary(d.RmsNorm(k, $"{layer}.self_attn.k_norm", epsilon), size, frequencies, magnitude);
            string v = d.Heads(d.Linear(h, $"{layer}.self_attn.v_proj"), kv);
            string mixed = d.Attention(q, k, v, heads, kv, 1 / Math.Sqrt(size));
            x = onnx.Add(x, d.Linear(mixed, $"{layer}.self_attn.o_proj"));
            h = d.RmsNorm(x, $"{layer}.post_attention_layernorm", epsilon);
            string hidden = onnx.Mul(d.Silu(d.Linear(h, $"{layer}.mlp.gate_proj")), d.Linear(h, $"{layer}.mlp.up_proj"));
            x = onnx.Add(x, d.Linear(hidden, $"{layer}.mlp.down_proj"));
        }

        return d.Build(d.Head(d.RmsNorm(x, "model.norm", epsilon), "model.embed_tokens.weight"), d["vocab_size"]);
    }
}
