using System.Text.Json.Nodes;

namespace Flightc.Tests.Families;

/// <summary>Phi-3: fused projections, LongRoPE over a part of each head, a window.</summary>
internal static class PublishedPhi3
{
    public static byte[] Compose(string folder, int tokens, bool isLong)
    {
        PublishedDecoder d = new(folder, tokens);
        OnnxComposer onnx = d.Onnx;
        int heads = d["num_attention_heads"], kv = d["num_key_value_heads"], size = d["hidden_size"] / heads, ffn = d["intermediate_size"];
        double epsilon = d.Number("rms_norm_eps");
        JsonArray factors = d.Config["rope_scaling"]![isLong ? "long_factor" : "short_factor"]!.AsArray();
        int dim = (int)(size * d.Number("partial_rotary_factor"));
        double[] frequencies = PublishedRotary.Long(d.Number("rope_theta"), dim, [.. factors.Select(f => f!.GetValue<double>())]);
        double original = d["original_max_position_embeddings"], growth = d["max_position_embeddings"] / original;
        double magnitude = Math.Sqrt(1 + (Math.Log(growth) / Math.Log(original)));
        string x = d.Embedding("model.embed_tokens.weight");
        for (int i = 0; i < d["num_hidden_layers"]; i++)
        {
            string layer = $"model.layers.{i}";
            string qkv = d.Linear(d.RmsNorm(x, $"{layer}.input_layernorm", epsilon), $"{layer}.self_attn.qkv_proj");
            int queries = heads * size, keys = kv * size;
            string q = d.Rotary(d.Heads(onnx.Slice(qkv, 0, queries), heads), size, frequencies, magnitude);
            string k = d.Rotary(d.Heads(onnx.Slice(qkv, queries, queries + keys), kv), size, frequencies, magnitude);
            string v = d.Heads(onnx.Slice(qkv, queries + keys, queries + (2 * keys)), kv);
            string mixed = d.Attention(q, k, v, heads, kv, 1 / Math.Sqrt(size), d["sliding_window"]);
            x = onnx.Add(x, d.Linear(mixed, $"{layer}.self_attn.o_proj"));
            string both = d.Linear(d.RmsNorm(x, $"{layer}.post_attention_layernorm", epsilon), $"{layer}.mlp.gate_up_proj");
            string hidden = onnx.Mul(onnx.Slice(both, ffn, 2 * ffn), d.Silu(onnx.Slice(both, 0, ffn)));
            x = onnx.Add(x, d.Linear(hidden, $"{layer}.mlp.down_proj"));
        }

        return d.Build(d.Head(d.RmsNorm(x, "model.norm", epsilon), "lm_head.weight"), d["vocab_size"]);
    }
}
