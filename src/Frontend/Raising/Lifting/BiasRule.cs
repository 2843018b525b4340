using Flightc.Models;
using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary><c>Add(x · w, b)</c> ⇒ linear with a bias; <c>Add(norm, b)</c> ⇒ layer norm with a bias.</summary>
internal sealed class BiasRule : ILiftRule
{
    /// <inheritdoc/>
    public bool TryLift(OnnxNode node, Lifter lifter)
    {
        if (node is not { Domain: "", OpType: "Add" } || lifter.WithConstant(node) is not var (view, _, constant) || view.Reduced() is not { } whole
            || constant.Type.ElementCount != view.Shape[^1] || constant.Type.Shape[^1] != view.Shape[^1])
        {
            return false;
        }

        Term? term = whole.Term switch
        {
            LinearTerm { Bias: null } linear when linear.Columns == view.Shape[^1] && whole.Rows(linear.Columns)?.Term == linear =>
                new LinearTerm(linear.X, linear.Weight, RaisedWeight.Vector(constant)),
            SumTerm sum when whole.Rows(sum.Columns)?.Term == sum => OfSum(sum, RaisedWeight.Vector(constant)),
            NormTerm { Bias: null, Kind: NormKind.Layer } norm when NormWeightRule.IsAligned(whole, norm.Size) =>
                new NormTerm(norm.X, norm.Kind, norm.Epsilon, norm.Size, norm.Weight, RaisedWeight.Vector(constant)),
            _ => null,
        };
        if (term is null)
        {
            return false;
        }

        lifter.Set(node.Outputs[0], whole.Of(term));
        return true;
    }

    // A bias that is added behind the residual stream is that of the projection.
    private static SumTerm? OfSum(SumTerm sum, RaisedWeight bias) => sum switch
    {
        { Left: LinearTerm { Bias: null } left } => new SumTerm(new LinearTerm(left.X, left.Weight, bias), sum.Right),
        { Right: LinearTerm { Bias: null } right } => new SumTerm(sum.Left, new LinearTerm(right.X, right.Weight, bias)),
        _ => null,
    };
}
