using Flightc.IR;

namespace Flightc.Passes;

/// <summary>Joins a silu and the product it gates into one operator.</summary>
/// <remarks>
/// <code>
/// act: f32[T,n] = silu gate
/// hidden: f32[T,n] = mul act, up    =>  hidden: f32[T,n] = swiglu gate, up
/// </code>
/// The special-function unit then reads gate and up once and writes once. The silu must have no other use: it
/// would be computed twice. Where both operands are such, the first is taken.
/// </remarks>
internal sealed class FuseSwiGlu : IGraphPass
{
    /// <inheritdoc/>
    public string Name => "fuse-swiglu";

    /// <inheritdoc/>
    public Graph Run(Graph graph, PassContext context)
    {
        int[] uses = graph.CountUses();
        return GraphRewriter.Rewrite(graph, (node, rewriter) => node switch
        {
            { Op: Mul, Operands: [var x, var y] } when GateOf(x) is { } gate =>
                rewriter.Add(node.Name, new SwiGlu(), gate, y),
            { Op: Mul, Operands: [var x, var y] } when GateOf(y) is { } gate =>
                rewriter.Add(node.Name, new SwiGlu(), gate, x),
            _ => null,
        });

        ValueId? GateOf(ValueId value) =>
            uses[value.Index] == 1 && graph.NodeOf(value) is { Op: Silu, Operands: [var gate] } ? gate : null;
    }
}
