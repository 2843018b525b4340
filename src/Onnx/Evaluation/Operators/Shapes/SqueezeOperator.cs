namespace Flightc.Onnx.Evaluation;

/// <summary>Leaves out axes of extent 1: those named, or all. The axes are an attribute before opset 13 and an input after.</summary>
internal sealed class SqueezeOperator() : ViewOperator(Define("Squeeze", [1, 11, 13, 21, 23, 24, 25]) with
{
    Inputs = [new("data", "T"), ParameterDefinition.Optional("axes", "I", since: 13)],
    Attributes = [AttributeDefinition.Optional("axes", AttributeKind.Ints, until: 13)],
})
{
    /// <inheritdoc/>
    protected override long[] Shape(OperatorCall call)
    {
        long[] shape = call.Shape(0);
        if ((call.Version < 13 ? call.Ints("axes") : call.OptionalLongs(1)) is not { } named)
        {
            return [.. shape.Where(e => e != 1)];
        }

        int[] axes = call.Axes(named, shape.Length);
        return axes.All(a => shape[a] == 1)
            ? [.. shape.Where((_, i) => !axes.Contains(i))]
            : throw call.Invalid($"axes {Shapes.Text(named)} are to be left out, but not all have the extent 1");
    }
}
