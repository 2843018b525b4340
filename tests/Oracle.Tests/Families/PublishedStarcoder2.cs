namespace Flightc.Tests.Families;

/// <summary>StarCoder2: layer norms, biases and GELU as in GPT-2, rotary positions and windows as in Mistral.</summary>
internal static class PublishedStarcoder2
{
    public static byte[] Compose(string folder, int tokens)
    {
        PublishedDecoder d = new(folder, tokens);
        OnnxComposer onnx = d.Onnx;
        int heads = d["num_attention_heads"], kv = d["num_key_value_heads"], size = d["hidden_size"] / heads;
        double epsilon = d.Number("norm_epsilon");
        double[] frequencies = PublishedRotary.Plain(d.Number("rope_theta"), size / 2);
        string x = d.Embedding("model.embed_tokens.weight");
        for (int i = 0; i < d["num_hidden_layers"]; i++)
        {
            string layer = $"model.layers.{i}";
            string h = d.LayerNorm(x, $"{layer}.input_layernorm", epsilon);
            string q = d.Rotary(d.Heads(d.Linear(h, $"{layer}.self_attn.q_proj"), heads), size, frequencies);
            string k = d.Rotary(d.Heads(d.Linear(h, $"{layer}.self_attn.k_proj"), kv), size, frequencies);
            string v = d.Heads(d.Linear(h, $"{layer}.self_attn.v_proj"), kv);
            string mixed = d.Attention(q, k, v, heads, kv, 1 / Math.Sqrt(size), d["sliding_window"]);
            x = onnx.Add(x, d.Linear(mixed, $"{layer}.self_attn.o_proj"));
            h = d.LayerNorm(x, $"{layer}.post_attention_layernorm", epsilon);
            x = onnx.Add(x, d.Linear(d.GeluTanh(d.Linear(h, $"{layer}.mlp.c_fc")), $"{layer}.mlp.c_proj"));
        }

        return d.Build(d.Head(d.LayerNorm(x, "model.norm", epsilon), "model.embed_tokens.weight"), d["vocab_size"]);
    }
}
