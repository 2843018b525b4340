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
    /// <exception cref="Diagnostics.CompilationException">The node breaks a rule of its operator, or cannot be written out (FLC15xx).</exception>
    public static IReadOnlyList<OnnxNode>? Expand(OnnxNode node, Specialisation graph)
    {
        if (!ByOperator.TryGetValue((node.Domain, node.OpType), out IExpansion? expansion))
        {
            return null;
        }

        // Expansions divide by numbers of heads and take extents by their axis: the operator's own rules come first.
        _ = graph.TypesOf(node);
        return expansion.Expand(node, graph);
    }
}
