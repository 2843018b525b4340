using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary><c>Mul(norm, w)</c> ⇒ norm with weights.</summary>
internal sealed class NormWeightRule : ILiftRule
{
    /// <inheritdoc/>
    public bool TryLift(OnnxNode node, Lifter lifter)
    {
        if (node is not { Domain: "", OpType: "Mul" } || lifter.WithConstant(node) is not var (view, _, constant)
            || view.Term is not NormTerm { Weight: null, Bias: null } norm || constant.Type.ElementCount != norm.Size || constant.Type.Shape[^1] != norm.Size
            || !IsAligned(view, norm.Size))
        {
            return false;
        }

        lifter.Set(node.Outputs[0], view.Of(new NormTerm(norm.X, norm.Kind, norm.Epsilon, norm.Size, RaisedWeight.Vector(constant))));
        return true;
    }

    /// <summary>Whether the last axis of a value is a head, or a row, of so many columns, in order.</summary>
    internal static bool IsAligned(View view, int size)
    {
        int columns = view.Term.Columns;
        if (view.Shape.Count == 0 || view.Shape[^1] != size || columns % size != 0)
        {
            return false;
        }

        if (view.IsInOrder)
        {
            return true;
        }

        long[] indices = view.Indices;
        for (int i = 0; i < indices.Length; i++)
        {
            long first = indices[i / size * size];
            if (first % columns % size != 0 || indices[i] != first + (i % size))
            {
                return false;
            }
        }

        return true;
    }
}
