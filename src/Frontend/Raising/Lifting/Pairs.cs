using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary>The two operands of an operator that works number by number.</summary>
internal static class Pairs
{
    /// <summary>Both, where both are understood and their numbers stand in the same places; otherwise null.</summary>
    public static (View X, View Y)? Of(OnnxNode node, Lifter lifter)
    {
        if (node.Inputs.Count != 2 || lifter.ViewOf(node.Inputs[0]) is not { Term: not PastTerm } left
            || lifter.ViewOf(node.Inputs[1]) is not { Term: not PastTerm } right || left.Reduced() is not { } x || right.Reduced() is not { } y || x.Term.Columns != y.Term.Columns)
        {
            return null;
        }

        // The larger rank is that of the result.
        (View wide, View other) = x.Shape.Count >= y.Shape.Count ? (x, y) : (y, x);
        return wide.Shape.TakeLast(other.Shape.Count).SequenceEqual(other.Shape) && wide.HasElementsOf(other)
            ? (wide.Of(x.Term), wide.Of(y.Term))
            : null;
    }
}
