namespace Flightc.Onnx.Evaluation;

/// <summary>Applies a function of two elements to all elements of two tensors that are broadcast to a shape.</summary>
internal static class BroadcastLoop
{
    /// <summary>One result for every place of <paramref name="shape"/>.</summary>
    public static TResult[] Apply<T, TResult>(
        ReadOnlySpan<T> a, ReadOnlySpan<long> aShape, ReadOnlySpan<T> b, ReadOnlySpan<long> bShape, long[] shape, Func<T, T, TResult> function)
    {
        TResult[] result = new TResult[checked((int)Shapes.Count(shape))];
        if (result.Length == 0)
        {
            return result;
        }

        long[] aStrides = Shapes.BroadcastStrides(aShape, shape);
        long[] bStrides = Shapes.BroadcastStrides(bShape, shape);
        int inner = shape.Length == 0 ? 1 : (int)shape[^1];
        int aStep = shape.Length == 0 ? 0 : (int)aStrides[^1];
        int bStep = shape.Length == 0 ? 0 : (int)bStrides[^1];
        ReadOnlySpan<long> outer = shape.AsSpan(0, Math.Max(0, shape.Length - 1));
        Odometer aPlace = new(outer, aStrides);
        Odometer bPlace = new(outer, bStrides);
        for (int at = 0; at < result.Length; at += inner)
        {
            int left = (int)aPlace.Offset;
            int right = (int)bPlace.Offset;
            for (int i = 0; i < inner; i++)
            {
                result[at + i] = function(a[left + i * aStep], b[right + i * bStep]);
            }

            aPlace.Advance();
            bPlace.Advance();
        }

        return result;
    }
}
