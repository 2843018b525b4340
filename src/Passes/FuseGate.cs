using Flightc.IR;

namespace Flightc.Passes;

/// <summary>Joins an activation function and the product it gates into one operator.</summary>
/// <remarks>
/// <code>
/// act: f32[T,n] = silu gate
/// hidden: f32[T,n] = mul act, up    =>  hidden: f32[T,n] = swiglu gate, up
/// </code>
/// The special-function unit then reads gate and up once and writes once. The function must have no other use: it
/// would be computed twice. Where both operands are such, the first is taken.
/// </remarks>
internal sealed class FuseGate : IGraphPass
{
    /// <inheritdoc/>
    public string Name => "fuse-gate";

    /// <inheritdoc/>
    public Graph Run(Graph graph, PassContext context)
    {
        int[] uses = graph.CountUses();
        return GraphRewriter.Rewrite(graph, (node, rewriter) => node switch
        {
            { Op: Mul, Operands: [var x, var y] } when GateOf(x) is { } gate => rewriter.Add(node.Name, gate.Op, gate.Value, y),
            { Op: Mul, Operands: [var x, var y] } when GateOf(y) is { } gate => rewriter.Add(node.Name, gate.Op, gate.Value, x),
            _ => null,
        });

        (GatedActivation Op, ValueId Value)? GateOf(ValueId value) =>
            uses[value.Index] == 1 && graph.NodeOf(value) is { Op: Activation activation, Operands: [var gate] }
                ? (new GatedActivation(activation.Function), gate) : null;
    }
}
