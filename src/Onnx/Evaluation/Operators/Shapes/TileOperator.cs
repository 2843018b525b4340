namespace Flightc.Onnx.Evaluation;

/// <summary>Repeats a tensor along its axes.</summary>
internal sealed class TileOperator() : OnnxOperator(new OperatorDefinition("Tile", [6, 13])
{
    Inputs = [new("input", "T"), new("repeats", "I")],
    Outputs = [new("output", "T")],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.All, ["I"] = ElementSet.Int64 },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        long[] shape = call.Shape(0);
        call.RequireShape(1, shape.Length);
        long[] repeats = call.Longs(1);
        if (repeats.Any(r => r < 0))
        {
            throw call.Invalid($"repeats are {Shapes.Text(repeats)}; wanted none below 0");
        }

        try
        {
            return [new(call.Type(0).ElementType, [.. shape.Zip(repeats, (e, r) => checked(e * r))])];
        }
        catch (OverflowException)
        {
            throw call.Invalid($"repeats {Shapes.Text(repeats)} are more than a shape can have");
        }
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        // Every axis becomes two: which copy (stride 0), and where in it.
        long[] shape = call.Shape(0);
        long[] repeats = call.Longs(1);
        long[] strides = Shapes.Strides(shape);
        long[] split = [.. Enumerable.Range(0, shape.Length).SelectMany(i => new[] { repeats[i], shape[i] })];
        OnnxTensor tiled = ElementMoves.Strided(call.Value(0), 0, [.. strides.SelectMany(s => new[] { 0, s })], split);
        return [new(tiled.ElementType, types[0]!.Shape, tiled.Data)];
    }
}
