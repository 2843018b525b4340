using Flightc.IR;
using Flightc.Numerics;

namespace Flightc.Cli.Compiling;

/// <summary>What a float Graph computes, in the terms in which families differ.</summary>
internal sealed class GraphFacts
{
    private GraphFacts()
    {
    }

    /// <summary><c>rms</c> or <c>layer</c>.</summary>
    public required string Norms { get; init; }

    /// <summary>Whether every head of queries and keys is normed.</summary>
    public required bool HasHeadNorms { get; init; }

    /// <summary>Whether what blocks give is normed before it is added.</summary>
    public required bool HasPostNorms { get; init; }

    /// <summary>The function of the feed-forward network, such as <c>silu</c>; null where there is none.</summary>
    public required string? Activation { get; init; }

    /// <summary>Whether a gate goes through it.</summary>
    public required bool IsGated { get; init; }

    /// <summary>Operations with a bias, by their names without the layer, in order.</summary>
    public required IReadOnlyList<string> Biased { get; init; }

    /// <summary>What embeddings are multiplied by; null where that is 1.</summary>
    public required float? EmbeddingScale { get; init; }

    /// <summary>Positions that are learned; null where they are not.</summary>
    public required long? LearnedPositions { get; init; }

    /// <summary>What scores are multiplied by in the first layer; null where it is the usual.</summary>
    public required float? ScoreScale { get; init; }

    /// <summary>The soft cap of scores; null for none.</summary>
    public required float? ScoreCap { get; init; }

    /// <summary>The soft cap of logits; null for none.</summary>
    public required float? LogitCap { get; init; }

    /// <summary>Layers by the kind of their attention, in order of first appearance.</summary>
    public required IReadOnlyList<LayerKind> LayerKinds { get; init; }

    /// <summary>Looks at a Graph.</summary>
    public static GraphFacts Of(Graph graph)
    {
        Attention? attention = graph.Nodes.Select(n => n.Op).OfType<Attention>().FirstOrDefault();
        Node? positions = graph.Nodes.FirstOrDefault(n => n.Op is AddPositions);
        float scale = graph.Nodes.Select(n => n.Op).OfType<Embedding>().FirstOrDefault()?.Scale ?? 1;
        return new GraphFacts
        {
            Norms = graph.Nodes.Any(n => n.Op is LayerNorm) ? "layer" : "rms",
            HasHeadNorms = graph.Nodes.Any(n => n.Op is RmsNorm { HeadDim: > 0 }),
            HasPostNorms = graph.Nodes.Any(n => n.Name.EndsWith(".post_norm", StringComparison.Ordinal)),
            Activation = graph.Nodes.Select(FunctionOf).FirstOrDefault(f => f is not null),
            IsGated = graph.Nodes.Any(n => n.Op is Mul or GatedActivation),
            Biased =
            [
                .. graph.Nodes.Where(n => n.Op is Linear { HasBias: true } or LayerNorm { HasBias: true })
                    .Select(n => WithoutLayer(n.Name)).Distinct(StringComparer.Ordinal),
            ],
            EmbeddingScale = scale == 1 ? null : scale,
            LearnedPositions = positions is null
                ? null : graph.TypeOf(positions.Operands[1]).Shape[0].Size - ((AddPositions)positions.Op).Offset,
            ScoreScale = attention?.Scale,
            ScoreCap = attention?.Cap is > 0 ? attention.Cap : null,
            LogitCap = graph.Nodes.Select(n => n.Op).OfType<SoftCap>().FirstOrDefault()?.Cap,
            LayerKinds =
            [
                .. graph.Nodes.Where(n => n.Op is Attention)
                    .GroupBy(n => (((Attention)n.Op).Window, Rotary: RotaryOf(graph, n))).Select(g => new LayerKind(g.Count(), g.Key.Window, g.Key.Rotary)),
            ],
        };
    }

    private static string? FunctionOf(Node node) => node.Op switch
    {
        Activation activation => ActivationFunctions.NameOf(activation.Function),
        GatedActivation gated => ActivationFunctions.NameOf(gated.Function),
        _ => null,
    };

    private static RotaryAngles? RotaryOf(Graph graph, Node attention) =>
        graph.NodeOf(attention.Operands[0])?.Op is RotaryEmbedding rotary ? rotary.Angles : null;

    private static string WithoutLayer(string name)
    {
        string[] parts = name.Split('.');
        return parts is ["layers", _, .. var rest] ? string.Join('.', rest) : name;
    }
}
