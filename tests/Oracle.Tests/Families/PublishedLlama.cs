namespace Flightc.Tests.Families;

/// <summary>LLaMA with the scaling of LLaMA 3.1, and with biases where the checkpoint has them.</summary>
internal static class PublishedLlama
{
    public static byte[] Compose(string folder, int tokens)
    {
        PublishedDecoder d = new(folder, tokens);
        OnnxComposer onnx = d.Onnx;
        int heads = d["num_attention_heads"], kv = d["num_key_value_heads"], size = d["hidden_size"] / heads;
        double epsilon = d.Number("rms_norm_eps");
        double[] frequencies = d.Config["rope_scaling"] is { } scaling
            ? PublishedRotary.Llama3(
                d.Number("rope_theta"), size, scaling["factor"]!.GetValue<double>(), scaling["low_freq_factor"]!.GetValue<double>(),
                scaling["high_freq_factor"]!.GetValue<double>(), scaling["original_max_position_embeddings"]!.GetValue<double>())
            : PublishedRotary.Plain(d.Number("rope_theta"), size);
        string x = d.Embedding("model.embed_tokens.weight");
        for (int i = 0; i < d["num_hidden_layers"]; i++)
        {
            string layer = $"model.layers.{i}";
            string h = d.RmsNorm(x, $"{layer}.input_layernorm", epsilon);
            string q = d.Rotary(d.Heads(d.Linear(h, $"{layer}.self_attn.q_proj"), heads), size, frequencies);
            string k = d.Rotary(d.Heads(d.Linear(h, $"{layer}.self_attn.k_proj"), kv), size, frequencies);
            string v = d.Heads(d.Linear(h, $"{layer}.self_attn.v_proj"), kv);
            string mixed = d.Attention(q, k, v, heads, kv, 1 / Math.Sqrt(size));
            x = onnx.Add(x, d.Linear(mixed, $"{layer}.self_attn.o_proj"));
            h = d.RmsNorm(x, $"{layer}.post_attention_layernorm", epsilon);
            string hidden = onnx.Mul(d.Silu(d.Linear(h, $"{layer}.mlp.gate_proj")), d.Linear(h, $"{layer}.mlp.up_proj"));
            x = onnx.Add(x, d.Linear(hidden, $"{layer}.mlp.down_proj"));
        }

        return d.Build(d.Head(d.RmsNorm(x, "model.norm", epsilon), "lm_head.weight"), d["vocab_size"]);
    }
}
