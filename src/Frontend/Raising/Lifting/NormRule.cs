using Flightc.Onnx;
using Flightc.Onnx.Evaluation;
using NormKind = Flightc.Models.NormKind;

namespace Flightc.Raising;

/// <summary>A norm written out, such as <c>Mul(x, Reciprocal(Sqrt(Add(ReduceMean(Pow(x, 2)), ε))))</c> ⇒ norm without weights.</summary>
/// <remarks>All ways of writing it end in a product or a quotient; which norm it is, and with which ε of the constants in it, execution tells.</remarks>
internal sealed class NormRule : ILiftRule
{
    /// <inheritdoc/>
    public bool TryLift(OnnxNode node, Lifter lifter)
    {
        if (node is not { Domain: "", OpType: "Mul" or "Div" })
        {
            return false;
        }

        Region? region = Region.To(lifter.Graph, node.Outputs[0], name => lifter.ViewOf(name) is not null, Parts.IsOfNorm);
        if (region is null || !region.Nodes.Any(Parts.IsReduction) || Sources.One(region, lifter) is not { } source
            || !source.Shape.SequenceEqual(lifter.Graph.TypeOf(node.Outputs[0]).Shape) || source.Reduced() is not { } x)
        {
            return false;
        }

        string key = "norm " + region.KeyOf(name => string.Join(',', lifter.ViewOf(name)!.Shape));
        if (!lifter.Findings.TryGetValue(key, out object? found))
        {
            lifter.Findings[key] = found = NormFinder.Find(region, EpsilonsOf(region, lifter));
        }

        int size = (int)x.Shape[^1];
        if (found is not (NormKind kind, float epsilon) || !NormWeightRule.IsAligned(x, size))
        {
            return false;
        }

        lifter.Set(node.Outputs[0], x.Of(new NormTerm(x.Term, kind, epsilon, size)));
        return true;
    }

    private static double[] EpsilonsOf(Region region, Lifter lifter) =>
    [
        .. region.Nodes.SelectMany(n => n.Inputs).Select(lifter.Graph.ConstantOf).Where(c => c?.Type.ElementCount == 1)
            .Select(c => TensorElements.ToDoubles(c!.Value)[0]).Where(v => v is > 0 and < 1).Append(0).Distinct(),
    ];
}
