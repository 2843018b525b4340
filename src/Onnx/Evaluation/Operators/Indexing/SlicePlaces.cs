namespace Flightc.Onnx.Evaluation;

/// <summary>Starts of the slices that tuples of indices name, as <c>GatherND</c> and <c>ScatterND</c> have them.</summary>
internal static class SlicePlaces
{
    /// <summary>One start for each tuple; the last axis of input 1 is the tuple.</summary>
    /// <param name="call">Data and indices are its first inputs.</param>
    /// <param name="batchAxes">Leading axes that data and indices share.</param>
    public static long[] Of(OperatorCall call, int batchAxes)
    {
        long[] shape = call.Shape(0);
        long[] indexShape = call.Shape(1);
        long[] strides = Shapes.Strides(shape);
        int length = (int)indexShape[^1];
        long[] indices = call.Longs(1);
        long[] starts = new long[Shapes.Count(indexShape.AsSpan(0, indexShape.Length - 1))];
        long batches = Shapes.Count(shape.AsSpan(0, batchAxes));
        long batchStep = Shapes.Count(shape.AsSpan(batchAxes));
        for (int i = 0; i < starts.Length; i++)
        {
            starts[i] = i / (starts.Length / batches) * batchStep;
            for (int j = 0; j < length; j++)
            {
                int axis = batchAxes + j;
                starts[i] += call.Index(indices[i * length + j], shape[axis], $"axis {axis}") * strides[axis];
            }
        }

        return starts;
    }
}
