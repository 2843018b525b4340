using System.Globalization;
using Flightc.IR;

namespace Flightc.Models;

/// <summary>The LLaMA architecture (Touvron et al. 2023) as a float Graph, and the tensors it needs.</summary>
/// <remarks>
/// Pre-norm decoder: RMS norms, rotary positions in the layout of two halves, grouped-query attention,
/// SwiGLU. Names are listed in docs/graph.md.
/// </remarks>
public static class LlamaGraph
{
    private const string Embed = "embed.weight";
    private const string Head = "head.weight";

    // Some exports drop the outer module's name.
    private const string OuterModule = "model.";

    /// <summary>
    /// Every weight, in order of first use. A tied head is the embedding: one role, stored under either name.
    /// </summary>
    public static IEnumerable<TensorRole> Roles(ModelConfig config)
    {
        (long hidden, long ffn) = (config.HiddenSize, config.IntermediateSize);
        long queries = (long)config.HeadCount * config.HeadSize;
        long keys = (long)config.KeyValueHeadCount * config.HeadSize;
        yield return Inner(
            Embed, "embed_tokens.weight", config.TiesEmbeddings ? ["lm_head.weight"] : [],
            config.VocabularySize, hidden);
        for (int i = 0; i < config.LayerCount; i++)
        {
            string layer = Layer(i);
            yield return Inner($"{layer}.attn.norm.weight", $"{layer}.input_layernorm.weight", [], hidden);
            yield return Inner($"{layer}.attn.q.weight", $"{layer}.self_attn.q_proj.weight", [], queries, hidden);
            yield return Inner($"{layer}.attn.k.weight", $"{layer}.self_attn.k_proj.weight", [], keys, hidden);
            yield return Inner($"{layer}.attn.v.weight", $"{layer}.self_attn.v_proj.weight", [], keys, hidden);
            yield return Inner($"{layer}.attn.o.weight", $"{layer}.self_attn.o_proj.weight", [], hidden, queries);
            yield return Inner($"{layer}.mlp.norm.weight", $"{layer}.post_attention_layernorm.weight", [], hidden);
            yield return Inner($"{layer}.mlp.gate.weight", $"{layer}.mlp.gate_proj.weight", [], ffn, hidden);
            yield return Inner($"{layer}.mlp.up.weight", $"{layer}.mlp.up_proj.weight", [], ffn, hidden);
            yield return Inner($"{layer}.mlp.down.weight", $"{layer}.mlp.down_proj.weight", [], hidden, ffn);
        }

        yield return Inner("norm.weight", "norm.weight", [], hidden);
        if (!config.TiesEmbeddings)
        {
            yield return new TensorRole(Head, ["lm_head.weight"], [config.VocabularySize, hidden]);
        }
    }

    /// <summary>Builds the Graph.</summary>
    /// <param name="config">The dimensions.</param>
    /// <param name="weights">One weight per role of <see cref="Roles"/>, by role.</param>
    public static Graph Build(ModelConfig config, IReadOnlyDictionary<string, Weight> weights)
    {
        GraphBuilder builder = new("llama", config.MaxPositions);
        float epsilon = (float)config.NormEpsilon;
        ValueId ids = builder.Input("ids", new TensorType(ElementType.I32, Dim.Tokens));
        ValueId x = builder.Node("embed", new Embedding(), ids, Weight(Embed));
        for (int i = 0; i < config.LayerCount; i++)
        {
            x = MlpBlock($"{Layer(i)}.mlp", AttentionBlock($"{Layer(i)}.attn", x));
        }

        x = Norm("norm", x);
        return builder.Build(builder.Node("logits", new Linear(), x, Weight(config.TiesEmbeddings ? Embed : Head)));

        ValueId AttentionBlock(string name, ValueId residual)
        {
            ValueId normed = Norm($"{name}.norm", residual);
            ValueId q = Product($"{name}.q", normed);
            ValueId k = Product($"{name}.k", normed);
            ValueId v = Product($"{name}.v", normed);
            RotaryEmbedding rotary = new(config.HeadSize, config.RopeTheta);
            ValueId turnedQ = builder.Node($"{name}.q.rotary", rotary, q);
            ValueId turnedK = builder.Node($"{name}.k.rotary", rotary, k);
            Attention attention = new(config.HeadCount, config.KeyValueHeadCount, config.HeadSize);
            ValueId mixed = builder.Node($"{name}.out", attention, turnedQ, turnedK, v);
            return builder.Node($"{name}.residual", new Add(), residual, Product($"{name}.o", mixed));
        }

        ValueId MlpBlock(string name, ValueId residual)
        {
            ValueId normed = Norm($"{name}.norm", residual);
            ValueId gate = Product($"{name}.gate", normed);
            ValueId up = Product($"{name}.up", normed);
            ValueId act = builder.Node($"{name}.act", new Activation(ActivationFunction.Silu), gate);
            ValueId hidden = builder.Node($"{name}.hidden", new Mul(), act, up);
            return builder.Node($"{name}.residual", new Add(), residual, Product($"{name}.down", hidden));
        }

        ValueId Norm(string name, ValueId value) =>
            builder.Node(name, new RmsNorm(epsilon), value, Weight($"{name}.weight"));
        ValueId Product(string name, ValueId value) =>
            builder.Node(name, new Linear(), value, Weight($"{name}.weight"));
        ValueId Weight(string role) => builder.Weight(weights[role]);
    }

    private static string Layer(int index) => string.Create(CultureInfo.InvariantCulture, $"layers.{index}");

    private static TensorRole Inner(string role, string name, string[] others, params long[] shape) =>
        new(role, [OuterModule + name, name, .. others], shape);
}
