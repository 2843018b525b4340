namespace Flightc.Tests.Families;

/// <summary>OPT: learned positions from row 2 on, layer norms, ReLU.</summary>
internal static class PublishedOpt
{
    public static byte[] Compose(string folder, int tokens)
    {
        PublishedDecoder d = new(folder, tokens);
        OnnxComposer onnx = d.Onnx;
        int heads = d["num_attention_heads"], size = d["hidden_size"] / heads;
        const double epsilon = 1e-5;
        string x = onnx.Add(d.Embedding("model.decoder.embed_tokens.weight"), d.Positions("model.decoder.embed_positions.weight", 2));
        for (int i = 0; i < d["num_hidden_layers"]; i++)
        {
            string layer = $"model.decoder.layers.{i}";
            string h = d.LayerNorm(x, $"{layer}.self_attn_layer_norm", epsilon);
            string q = onnx.Mul(d.Heads(d.Linear(h, $"{layer}.self_attn.q_proj"), heads), 1 / Math.Sqrt(size));
            string k = d.Heads(d.Linear(h, $"{layer}.self_attn.k_proj"), heads);
            string v = d.Heads(d.Linear(h, $"{layer}.self_attn.v_proj"), heads);
            x = onnx.Add(x, d.Linear(d.Attention(q, k, v, heads, heads, 1), $"{layer}.self_attn.out_proj"));
            h = d.LayerNorm(x, $"{layer}.final_layer_norm", epsilon);
            x = onnx.Add(x, d.Linear(onnx.Unary("Relu", d.Linear(h, $"{layer}.fc1")), $"{layer}.fc2"));
        }

        x = d.LayerNorm(x, "model.decoder.final_layer_norm", epsilon);
        return d.Build(d.Head(x, "model.decoder.embed_tokens.weight"), d["vocab_size"]);
    }
}
