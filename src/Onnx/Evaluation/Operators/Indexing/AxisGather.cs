namespace Flightc.Onnx.Evaluation;

/// <summary>Slices of a tensor along an axis, by number.</summary>
internal static class AxisGather
{
    /// <summary>The slices in order. Only they are read: the tensor may be larger than memory.</summary>
    /// <param name="data">The tensor.</param>
    /// <param name="axis">The axis, from the front.</param>
    /// <param name="rows">Numbers of slices, from the front.</param>
    /// <param name="shape">Of the result: the axis replaced by those of the numbers.</param>
    public static OnnxTensor Take(OnnxTensor data, int axis, long[] rows, long[] shape)
    {
        long extent = data.Shape[axis];
        long width = Shapes.Count([.. data.Shape.Skip(axis + 1)]);
        long[] places = new long[Shapes.Count(shape)];
        int at = 0;
        for (long outer = 0; at < places.Length; outer++)
        {
            foreach (long row in rows)
            {
                for (long i = 0; i < width; i++)
                {
                    places[at++] = (outer * extent + row) * width + i;
                }
            }
        }

        return ElementMoves.Picked(data, places, shape);
    }
}
