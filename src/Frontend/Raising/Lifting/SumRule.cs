using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary><c>Add(x, y)</c> ⇒ the sum of two rows.</summary>
internal sealed class SumRule : ILiftRule
{
    /// <inheritdoc/>
    public bool TryLift(OnnxNode node, Lifter lifter)
    {
        if (node is not { Domain: "", OpType: "Add" } || Pairs.Of(node, lifter) is not var (x, y))
        {
            return false;
        }

        lifter.Set(node.Outputs[0], x.Of(new SumTerm(x.Term, y.Term)));
        return true;
    }
}
