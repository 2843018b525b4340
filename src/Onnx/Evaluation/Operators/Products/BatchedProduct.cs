using System.Numerics;

namespace Flightc.Onnx.Evaluation;

/// <summary>Products of stacks of matrices: vectors become matrices, and stacks broadcast, as numpy's matmul has it.</summary>
internal static class BatchedProduct
{
    /// <summary>The shape of the product.</summary>
    public static long[] Shape(OperatorCall call, long[] a, long[] b)
    {
        if (a.Length == 0 || b.Length == 0 || a[^1] != Matrix(b, isRight: true)[^2])
        {
            throw call.Invalid($"shapes {Shapes.Text(a)} and {Shapes.Text(b)} do not multiply");
        }

        long[] stack = call.Broadcast(Stack(a), Stack(b));
        return [.. stack, .. a.Length > 1 ? [a[^2]] : Array.Empty<long>(), .. b.Length > 1 ? [b[^1]] : Array.Empty<long>()];
    }

    /// <summary>The elements of the product.</summary>
    public static T[] Run<T>(OperatorCall call, ReadOnlySpan<T> a, long[] aShape, ReadOnlySpan<T> b, long[] bShape)
        where T : unmanaged, INumber<T>
    {
        long[] left = Matrix(aShape, isRight: false);
        long[] right = Matrix(bShape, isRight: true);
        long[] stack = Shapes.Broadcast(Stack(aShape), Stack(bShape))!;
        int rows = (int)left[^2];
        int inner = (int)left[^1];
        int columns = (int)right[^1];
        int size = rows * columns;
        call.RequireBoundedWork(Shapes.Count(stack), rows, inner, columns);
        T[] result = new T[checked((int)(Shapes.Count(stack) * size))];
        Odometer leftPlace = new(stack, Shapes.BroadcastStrides(Stack(aShape), stack));
        Odometer rightPlace = new(stack, Shapes.BroadcastStrides(Stack(bShape), stack));
        for (int at = 0; at < result.Length; at += size)
        {
            MatrixMultiply.Add(
                a.Slice((int)leftPlace.Offset * rows * inner, rows * inner), b.Slice((int)rightPlace.Offset * inner * columns, inner * columns),
                result.AsSpan(at, size), rows, inner, columns);
            leftPlace.Advance();
            rightPlace.Advance();
        }

        return result;
    }

    private static long[] Stack(long[] shape) => shape.Length > 2 ? shape[..^2] : [];

    private static long[] Matrix(long[] shape, bool isRight) => shape.Length > 1 ? shape[^2..] : isRight ? [shape[0], 1] : [1, shape[0]];
}
