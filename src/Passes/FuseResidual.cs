using Flightc.IR;

namespace Flightc.Passes;

/// <summary>Joins a matrix product and the residual added to it.</summary>
/// <remarks>
/// <code>
/// o: f32[T,n] = linear x, w
/// sum: f32[T,n] = add residual, o    =>  sum: f32[T,n] = linear_add x, w, residual
/// </code>
/// The matrix unit adds while it drains its accumulators, so the product itself never exists. It must have no
/// other use. Where both operands are such products, the one defined later is taken: its neighbour is ready
/// when it drains.
/// </remarks>
internal sealed class FuseResidual : IGraphPass
{
    /// <inheritdoc/>
    public string Name => "fuse-residual";

    /// <inheritdoc/>
    public Graph Run(Graph graph, PassContext context)
    {
        int[] uses = graph.CountUses();
        return GraphRewriter.Rewrite(graph, (node, rewriter) =>
        {
            if (node is not { Op: Add, Operands: [var x, var y] })
            {
                return null;
            }

            (ValueId earlier, ValueId later) = x.Index < y.Index ? (x, y) : (y, x);
            return Fuse(rewriter, node, later, earlier) ?? Fuse(rewriter, node, earlier, later);
        });

        ValueId? Fuse(GraphRewriter rewriter, Node sum, ValueId product, ValueId residual) =>
            uses[product.Index] == 1 && graph.NodeOf(product) is { Op: Linear { HasResidual: false } linear, Operands: var operands }
                ? rewriter.Add(sum.Name, linear with { HasResidual = true }, [.. operands, residual])
                : null;
    }
}
