using System.Text.Json.Nodes;

namespace Flightc.Tests.Families;

/// <summary>Gemma 3: norms of heads, and layers of two kinds, each with its rotary base.</summary>
internal static class PublishedGemma3
{
    /// <summary>The language model of one that sees: every sixth layer sees everything.</summary>
    public static byte[] ComposeNested(string folder, int tokens)
    {
        PublishedDecoder d = new(folder, tokens);
        JsonObject text = d.Config["text_config"]!.AsObject();

        // √48 in BF16.
        return Compose(
            d, text, "language_model.model", 6.9375, layer => layer % 6 != 5,
            PublishedRotary.Linear(text["rope_theta"]!.GetValue<double>(), 16, 8), PublishedRotary.Plain(100, 16));
    }

    /// <summary>The one that generates text only.</summary>
    public static byte[] ComposeText(string folder, int tokens)
    {
        PublishedDecoder d = new(folder, tokens);
        return Compose(
            d, d.Config, "model", Math.Sqrt(48), layer => layer % 3 != 0, PublishedRotary.Linear(1e6, 16, 4), PublishedRotary.Plain(300, 16));
    }

    private static byte[] Compose(
        PublishedDecoder d, JsonObject config, string module, double embedding, Func<int, bool> isLocal, double[] global, double[] local)
    {
        const int heads = 4, kv = 2, size = 16;
        const double epsilon = 1e-6;
        OnnxComposer onnx = d.Onnx;
        double scale = 1 / Math.Sqrt(config["query_pre_attn_scalar"]!.GetValue<double>());
        string x = onnx.Mul(d.Embedding($"{module}.embed_tokens.weight"), embedding);
        for (int i = 0; i < 7; i++)
        {
            string layer = $"{module}.layers.{i}";
            double[] frequencies = isLocal(i) ? local : global;
            string h = d.RmsNorm(x, $"{layer}.input_layernorm", epsilon, 1);
            string q = d.Heads(d.Linear(h, $"{layer}.self_attn.q_proj"), heads);
            string k = d.Heads(d.Linear(h, $"{layer}.self_attn.k_proj"), kv);
            q = d.Rotary(d.RmsNorm(q, $"{layer}.self_attn.q_norm", epsilon, 1), size, frequencies);
            k = d.Rotary(d.RmsNorm(k, $"{layer}.self_attn.k_norm", epsilon, 1), size, frequencies);
            string v = d.Heads(d.Linear(h, $"{layer}.self_attn.v_proj"), kv);
            string mixed = d.Attention(q, k, v, heads, kv, scale, isLocal(i) ? 5 : 0);
            x = onnx.Add(x, d.RmsNorm(d.Linear(mixed, $"{layer}.self_attn.o_proj"), $"{layer}.post_attention_layernorm", epsilon, 1));
            h = d.RmsNorm(x, $"{layer}.pre_feedforward_layernorm", epsilon, 1);
            string hidden = onnx.Mul(d.GeluTanh(d.Linear(h, $"{layer}.mlp.gate_proj")), d.Linear(h, $"{layer}.mlp.up_proj"));
            x = onnx.Add(x, d.RmsNorm(d.Linear(hidden, $"{layer}.mlp.down_proj"), $"{layer}.post_feedforward_layernorm", epsilon, 1));
        }

        return d.Build(d.Head(d.RmsNorm(x, $"{module}.norm", epsilon, 1), $"{module}.embed_tokens.weight"), 61);
    }
}
