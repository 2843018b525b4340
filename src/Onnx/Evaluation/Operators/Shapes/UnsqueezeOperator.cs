namespace Flightc.Onnx.Evaluation;

/// <summary>Puts in axes of extent 1. The axes are an attribute before opset 13 and an input after.</summary>
internal sealed class UnsqueezeOperator() : ViewOperator(Define("Unsqueeze", [1, 11, 13, 21, 23, 24, 25]) with
{
    Inputs = [new("data", "T"), new("axes", "I", Since: 13)],
    Attributes = [AttributeDefinition.Required("axes", AttributeKind.Ints, until: 13)],
})
{
    /// <inheritdoc/>
    protected override long[] Shape(OperatorCall call)
    {
        long[] named = call.Version < 13 ? call.Ints("axes") ?? [] : call.Longs(1);
        long[] shape = call.Shape(0);
        int[] axes = call.Axes(named, shape.Length + named.Length);
        Queue<long> rest = new(shape);
        return [.. Enumerable.Range(0, shape.Length + axes.Length).Select(i => axes.Contains(i) ? 1 : rest.Dequeue())];
    }
}
