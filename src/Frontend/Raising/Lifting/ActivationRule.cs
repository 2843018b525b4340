using Flightc.IR;
using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary>A function of one number, as an operator or written out ⇒ activation or soft cap.</summary>
/// <remarks>GELU alone is exported in a dozen ways. All end in one of a few operators; which function it is, execution tells.</remarks>
internal sealed class ActivationRule : ILiftRule
{
    /// <inheritdoc/>
    public bool TryLift(OnnxNode node, Lifter lifter)
    {
        if (node.OpType is not ("Mul" or "Div" or "Relu" or "Gelu" or "Swish" or "FastGelu" or "QuickGelu" or "Max" or "Clip" or "Where") || !Parts.IsOfFunction(node))
        {
            return false;
        }

        Region? region = Region.To(lifter.Graph, node.Outputs[0], name => lifter.ViewOf(name) is not null, Parts.IsOfFunction);
        if (Sources.One(region, lifter) is not { } source || !source.Shape.SequenceEqual(lifter.Graph.TypeOf(node.Outputs[0]).Shape)
            || region!.Nodes.SelectMany(n => n.Inputs).Any(i => lifter.Graph.ConstantOf(i) is { Type.ElementCount: > 1 }) || source.Reduced() is not { } x)
        {
            return false;
        }

        string key = "function " + region.KeyOf(name => string.Join(',', lifter.ViewOf(name)!.Shape));
        if (!lifter.Findings.TryGetValue(key, out object? found))
        {
            lifter.Findings[key] = found = ActivationFinder.Find(region);
        }

        if (found is not ValueTuple<ActivationFunction?, double>(var function, var cap))
        {
            return false;
        }

        lifter.Set(node.Outputs[0], x.Of(function is null ? new SoftCapTerm((float)cap, x.Term) : new ActivationTerm(function.Value, x.Term)));
        return true;
    }
}
