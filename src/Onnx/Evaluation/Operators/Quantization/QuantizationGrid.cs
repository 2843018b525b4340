namespace Flightc.Onnx.Evaluation;

/// <summary>Which scale an element has: one for all, one for each place along an axis, or one for each block of places.</summary>
internal static class QuantizationGrid
{
    /// <summary>Ends the stage unless scale (input 1) and zero point (input 2) fit the data (input 0).</summary>
    public static void Check(OperatorCall call)
    {
        long[] shape = call.Shape(0);
        long[] scale = call.Shape(1);
        long blockSize = call.OptionalInt("block_size") ?? 0;
        if (call.Has(2) && (call.Type(1).ElementCount != 1 || call.Type(2).ElementCount != 1))
        {
            call.RequireShape(2, scale);
        }

        if (call.Type(1).ElementCount == 1 && blockSize == 0)
        {
            return;
        }

        int axis = Axis(call);
        bool fits = blockSize == 0 ? scale.Length == 1 && scale[0] == shape[axis] : blockSize > 0 && scale.Length == shape.Length;
        for (int i = 0; fits && blockSize > 0 && i < shape.Length; i++)
        {
            fits = scale[i] == (i == axis ? (shape[i] + blockSize - 1) / blockSize : shape[i]);
        }

        if (!fits)
        {
            throw call.Invalid($"the scale of the shape {Shapes.Text(scale)} fits neither axis {axis} of {Shapes.Text(shape)} nor its blocks of {blockSize}");
        }
    }

    /// <summary>For each element of the data, the place of its scale.</summary>
    public static int[] Places(OperatorCall call)
    {
        long[] shape = call.Shape(0);
        long[] scale = call.Shape(1);
        int[] places = new int[call.Type(0).ElementCount];
        long blockSize = call.OptionalInt("block_size") ?? 0;
        if (call.Type(1).ElementCount == 1 && blockSize == 0)
        {
            return places;
        }

        int axis = Axis(call);
        long[] strides = Shapes.Strides(scale);
        Odometer odometer = new(shape, new long[shape.Length]);
        for (int i = 0; i < places.Length; i++)
        {
            long place = blockSize == 0 ? odometer.Place[axis] : 0;
            for (int a = 0; blockSize > 0 && a < shape.Length; a++)
            {
                place += (a == axis ? odometer.Place[a] / blockSize : odometer.Place[a]) * strides[a];
            }

            places[i] = (int)place;
            odometer.Advance();
        }

        return places;
    }

    private static int Axis(OperatorCall call) => call.Type(0).Rank == 1 ? 0 : call.Axis(call.OptionalInt("axis") ?? 1, call.Type(0).Rank);
}
