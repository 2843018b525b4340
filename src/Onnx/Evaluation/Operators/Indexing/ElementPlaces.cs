namespace Flightc.Onnx.Evaluation;

/// <summary>Places in the first input of <c>GatherElements</c> and <c>ScatterElements</c>: where the index stands, but the index itself along an axis.</summary>
internal static class ElementPlaces
{
    /// <summary>Ends the stage unless indices have as many axes as the data and fit within it along all but one.</summary>
    public static void Check(OperatorCall call, long[] indices, int axis)
    {
        long[] shape = call.Shape(0);
        bool fits = indices.Length == shape.Length;
        for (int i = 0; fits && i < shape.Length; i++)
        {
            fits = i == axis || indices[i] <= shape[i];
        }

        if (!fits)
        {
            throw call.Invalid($"indices of the shape {Shapes.Text(indices)} do not lie within data of the shape {Shapes.Text(shape)}");
        }
    }

    /// <summary>A place for each index of input 1.</summary>
    public static long[] Of(OperatorCall call, int axis)
    {
        long[] shape = call.Shape(0);
        long[] strides = Shapes.Strides(shape);
        long step = strides[axis];
        strides[axis] = 0;
        long[] places = call.Longs(1);
        Odometer odometer = new(call.Shape(1), strides);
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = odometer.Offset + call.Index(places[i], shape[axis], $"axis {axis}") * step;
            odometer.Advance();
        }

        return places;
    }
}
