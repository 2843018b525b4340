using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary><c>Mul(x, y)</c> ⇒ the product of two rows, number by number.</summary>
internal sealed class ProductRule : ILiftRule
{
    /// <inheritdoc/>
    public bool TryLift(OnnxNode node, Lifter lifter)
    {
        // A number times itself is part of a norm or of a function.
        if (node is not { Domain: "", OpType: "Mul" } || Pairs.Of(node, lifter) is not var (x, y) || x.Term == y.Term)
        {
            return false;
        }

        lifter.Set(node.Outputs[0], x.Of(new ProductTerm(x.Term, y.Term)));
        return true;
    }
}
