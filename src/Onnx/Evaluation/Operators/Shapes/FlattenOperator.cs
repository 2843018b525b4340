namespace Flightc.Onnx.Evaluation;

/// <summary>Two axes: those before an axis, and the others.</summary>
internal sealed class FlattenOperator() : ViewOperator(Define("Flatten", [1, 9, 11, 13, 21, 23, 24, 25]) with { Attributes = [AttributeDefinition.Int("axis", 1)] })
{
    /// <inheritdoc/>
    protected override long[] Shape(OperatorCall call)
    {
        long[] shape = call.Shape(0);
        long axis = call.Int("axis");
        int split = axis == shape.Length ? shape.Length : call.Axis(axis, shape.Length);
        return [Shapes.Count(shape.AsSpan(0, split)), Shapes.Count(shape.AsSpan(split))];
    }
}
