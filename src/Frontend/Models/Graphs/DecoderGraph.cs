using System.Globalization;
using Flightc.IR;

namespace Flightc.Models;

/// <summary>A decoder as a float Graph, and the weights it needs.</summary>
/// <remarks>
/// Pre-norm decoders with one residual stream: attention, then a feed-forward network, in every layer. Names are listed in docs/graph.md.
/// </remarks>
public static class DecoderGraph
{
    /// <summary>The role of the table of embeddings.</summary>
    public const string Embedding = "embed.weight";

    /// <summary>The role of a head of its own.</summary>
    public const string Head = "head.weight";

    private const string Positions = "positions.weight";

    /// <summary>Every weight, in order of first use. A tied head is the embedding: one role, stored under either name.</summary>
    /// <param name="config">The decoder.</param>
    public static IReadOnlyList<TensorRole> Roles(ModelConfig config)
    {
        List<TensorRole> roles = [];
        HashSet<string> known = new(StringComparer.Ordinal);
        ModelFamily family = config.Family;
        IReadOnlyDictionary<string, TensorPlace> places = family.Places(config);
        _ = Build(config, (role, shape) =>
        {
            if (known.Add(role))
            {
                roles.Add(family.RoleOf(config, places, role, shape));
            }

            return new Weight(role, new TensorType(ElementType.BF16, [.. shape.Select(size => new Dim(size))]));
        });
        return roles;
    }

    /// <summary>Builds the Graph.</summary>
    /// <param name="config">The decoder.</param>
    /// <param name="weights">One weight per role of <see cref="Roles"/>, by role.</param>
    public static Graph Build(ModelConfig config, IReadOnlyDictionary<string, Weight> weights) => Build(config, (role, _) => weights[role]);

    private static Graph Build(ModelConfig config, Func<string, long[], Weight> weightOf)
    {
        GraphBuilder builder = new(config.Family.Name, config.MaxPositions);
        DecoderParts parts = new(builder, config, weightOf);
        ValueId ids = builder.Input("ids", new TensorType(ElementType.I32, Dim.Tokens));
        ValueId table = parts.Weight(Embedding, config.VocabularySize, config.HiddenSize);
        ValueId x = builder.Node("embed", new Embedding(ScaleOf(config.Ends, builder.TypeOf(table).Element)), ids, table);
        if (config.Ends.PositionOffset is { } offset)
        {
            ValueId positions = parts.Weight(Positions, config.MaxPositions + offset, config.HiddenSize);
            x = builder.Node("embed.positions", new AddPositions(offset), x, positions);
        }

        for (int i = 0; i < config.LayerCount; i++)
        {
            string layer = string.Create(CultureInfo.InvariantCulture, $"layers.{i}");
            x = AttentionBlock.Build($"{layer}.attn", parts, config.Layer(i), x);
            x = MlpBlock.Build($"{layer}.mlp", parts, x);
        }

        x = parts.Norm("norm", x);
        float cap = config.Ends.LogitCap;
        ValueId head = config.TiesEmbeddings ? table : parts.Weight(Head, config.VocabularySize, config.HiddenSize);
        ValueId logits = builder.Node(cap == 0 ? "logits" : "logits.raw", new Linear(), x, head);
        return builder.Build(cap == 0 ? logits : builder.Node("logits", new SoftCap(cap), logits));
    }

    private static float ScaleOf(EmbeddingSettings ends, ElementType table) => !ends.RoundsScale
        ? (float)ends.Scale
        : table switch
        {
            ElementType.BF16 => ToBFloat16((float)ends.Scale),
            ElementType.F16 => (float)(Half)ends.Scale,
            _ => (float)ends.Scale,
        };

    // Half to even.
    private static float ToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return BitConverter.UInt32BitsToSingle((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF_0000);
    }
}
