using Flightc.IR;

namespace Flightc.Passes;

/// <summary>Removes what no output needs and gives commutative operands and weights one order.</summary>
/// <remarks>
/// <code>
/// unused: f32[T,8] = silu x
/// y: f32[T,8] = add later, earlier    =>  y: f32[T,8] = add earlier, later
/// </code>
/// Operands of add and mul stand in order of definition; weights in order of first use. Nodes keep their
/// order. Both operators are commutative in IEEE 754, so not a bit changes.
/// </remarks>
internal sealed class Canonicalize : IGraphPass
{
    /// <inheritdoc/>
    public string Name => "canonicalize";

    /// <inheritdoc/>
    public Graph Run(Graph graph, PassContext context) => GraphRewriter.Rewrite(graph, (node, rewriter) =>
        node is { Op: Add or Mul, Operands: [var x, var y] } && y.Index < x.Index
            ? rewriter.Add(node.Name, node.Op, y, x)
            : null);
}
