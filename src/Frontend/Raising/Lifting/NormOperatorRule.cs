using Flightc.Models;
using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary><c>LayerNormalization</c>, <c>RMSNormalization</c> and <c>SimplifiedLayerNormalization</c> ⇒ norm.</summary>
internal sealed class NormOperatorRule : ILiftRule
{
    // What the operators assume where nothing is stated.
    private const float DefaultEpsilon = 1e-5f;

    /// <inheritdoc/>
    public bool TryLift(OnnxNode node, Lifter lifter)
    {
        if (node.Domain is not ("" or "com.microsoft") || node.OpType is not ("LayerNormalization" or "RMSNormalization" or "SimplifiedLayerNormalization")
            || lifter.ViewOf(node.Inputs[0])?.Reduced() is not { } x || lifter.Graph.ConstantOf(node.Inputs[1]) is not { } weight)
        {
            return false;
        }

        int size = (int)weight.Type.ElementCount;
        Constant? bias = node.Inputs.Count > 2 ? lifter.Graph.ConstantOf(node.Inputs[2]) : null;
        if (!NormWeightRule.IsAligned(x, size) || (bias is not null && bias.Type.ElementCount != size))
        {
            return lifter.Refuse(node, $"a norm over other numbers than the {size} of a row or head cannot be raised");
        }

        NormKind kind = node.OpType == "LayerNormalization" ? NormKind.Layer : NormKind.Rms;
        float epsilon = node.Attributes.GetValueOrDefault("epsilon") is FloatAttribute attribute ? attribute.Value : DefaultEpsilon;
        lifter.Set(node.Outputs[0], x.Of(new NormTerm(
            x.Term, kind, epsilon, size, RaisedWeight.Vector(weight), bias is null ? null : RaisedWeight.Vector(bias))));
        return true;
    }
}
