namespace Flightc.Tests.Families;

/// <summary>GPT-2: learned positions, layer norms, one convolution for queries, keys and values.</summary>
internal static class PublishedGpt2
{
    public static byte[] Compose(string folder, int tokens, Func<int, int, double>? scaleOf = null)
    {
        PublishedDecoder d = new(folder, tokens);
        OnnxComposer onnx = d.Onnx;
        int width = d["n_embd"], heads = d["n_head"], size = width / heads;
        double epsilon = d.Number("layer_norm_epsilon");
        string x = onnx.Add(d.Embedding("wte.weight"), d.Positions("wpe.weight", 0));
        for (int i = 0; i < d["n_layer"]; i++)
        {
            string layer = $"h.{i}";
            string qkv = d.Convolution(d.LayerNorm(x, $"{layer}.ln_1", epsilon), $"{layer}.attn.c_attn");
            string q = d.Heads(onnx.Slice(qkv, 0, width), heads);
            string k = d.Heads(onnx.Slice(qkv, width, 2 * width), heads);
            string v = d.Heads(onnx.Slice(qkv, 2 * width, 3 * width), heads);
            string mixed = d.Attention(q, k, v, heads, heads, scaleOf?.Invoke(i, size) ?? (1 / Math.Sqrt(size)));
            x = onnx.Add(x, d.Convolution(mixed, $"{layer}.attn.c_proj"));
            string h = d.LayerNorm(x, $"{layer}.ln_2", epsilon);
            x = onnx.Add(x, d.Convolution(d.GeluTanh(d.Convolution(h, $"{layer}.mlp.c_fc")), $"{layer}.mlp.c_proj"));
        }

        return d.Build(d.Head(d.LayerNorm(x, "ln_f", epsilon), "wte.weight"), d["vocab_size"]);
    }
}
