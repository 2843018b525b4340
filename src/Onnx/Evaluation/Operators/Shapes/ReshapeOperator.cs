namespace Flightc.Onnx.Evaluation;

/// <summary>Another shape, in which 0 copies an extent and one -1 stands for what is left.</summary>
internal sealed class ReshapeOperator() : ViewOperator(Define("Reshape", [5, 13, 14, 19, 21, 23, 24, 25]) with
{
    Inputs = [new("data", "T"), new("shape", "I")],
    Attributes = [AttributeDefinition.Int("allowzero", 0, since: 14)],
})
{
    /// <inheritdoc/>
    protected override long[] Shape(OperatorCall call)
    {
        long[] source = call.Shape(0);
        call.RequireRank(1, 1);
        long[] shape = call.Longs(1);
        bool zeroMeansZero = call.Version >= 14 && call.Flag("allowzero");
        int rest = -1;
        for (int i = 0; i < shape.Length; i++)
        {
            if (shape[i] == 0 && !zeroMeansZero)
            {
                shape[i] = i < source.Length ? source[i] : throw call.Invalid($"extent {i} of the new shape is to be copied, but there is none");
            }
            else if (shape[i] == -1)
            {
                rest = rest < 0 ? i : throw call.Invalid("the new shape has more than one -1");
            }
            else if (shape[i] < -1)
            {
                throw call.Invalid($"the new shape {Shapes.Text(shape)} has an extent below -1");
            }
        }

        if (rest >= 0)
        {
            shape[rest] = 1;
            if (!Shapes.TryCount(shape, long.MaxValue, out long known) || known == 0 || call.Type(0).ElementCount % known != 0)
            {
                shape[rest] = -1;
                throw call.Invalid($"{call.Type(0).ElementCount} elements do not make the shape {Shapes.Text(shape)}");
            }

            shape[rest] = call.Type(0).ElementCount / known;
        }

        return shape;
    }
}
