using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary>Operators that stand for several, written out in operators of the standard.</summary>
internal static class Expansions
{
    private static readonly IExpansion[] All =
    [
        new GroupQueryExpansion(),
        new MultiHeadExpansion(),
        new PackedAttentionExpansion(),
        new StandardAttentionExpansion(),
        new SkipNormExpansion(),
        new EmbedNormExpansion(),
        new BiasGeluExpansion(),
        new BlockQuantizedExpansion(),
    ];

    private static readonly Dictionary<(string, string), IExpansion> ByOperator = All.SelectMany(e => e.Operators.Select(o => (o, e))).ToDictionary(p => p.o, p => p.e);

    /// <summary>Domains and names of the operators.</summary>
    public static IEnumerable<(string Domain, string Name)> Operators => All.SelectMany(e => e.Operators);

    /// <summary>The nodes that a node stands for, or null where it is left as it is.</summary>
    /// <param name="node">Of the data graph.</param>
    /// <param name="graph">Where it stands; takes constants that are needed.</param>
    public static IReadOnlyList<OnnxNode>? Expand(OnnxNode node, Specialisation graph) =>
        ByOperator.TryGetValue((node.Domain, node.OpType), out IExpansion? expansion) ? expansion.Expand(node, graph) : null;
}
