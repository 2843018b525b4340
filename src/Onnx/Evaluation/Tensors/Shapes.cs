namespace Flightc.Onnx.Evaluation;

/// <summary>Arithmetic on extents.</summary>
internal static class Shapes
{
    /// <summary>The product; 1 for a scalar.</summary>
    /// <exception cref="OverflowException">It does not fit into 64 bits.</exception>
    public static long Count(ReadOnlySpan<long> shape)
    {
        // A zero makes the product 0 however large the others are.
        if (shape.Contains(0))
        {
            return 0;
        }

        long count = 1;
        foreach (long extent in shape)
        {
            count = checked(count * extent);
        }

        return count;
    }

    /// <summary>The product, where it is at most <paramref name="limit"/>.</summary>
    public static bool TryCount(ReadOnlySpan<long> shape, long limit, out long count)
    {
        count = shape.Contains(0) ? 0 : 1;
        for (int i = 0; i < shape.Length && count > 0; i++)
        {
            if (shape[i] > limit / count)
            {
                return false;
            }

            count *= shape[i];
        }

        return true;
    }

    /// <summary>Whether no extent is below 0, and products of any of them, without the zeros, are at most a limit.</summary>
    public static bool AreCountable(ReadOnlySpan<long> shape, long limit)
    {
        long count = 1;
        foreach (long extent in shape)
        {
            if (extent < 0 || extent > limit / count)
            {
                return false;
            }

            count *= Math.Max(1, extent);
        }

        return true;
    }

    /// <summary>Such as <c>[2,3]</c>.</summary>
    public static string Text(ReadOnlySpan<long> shape) => $"[{string.Join(',', shape.ToArray())}]";

    /// <summary>Steps in elements between neighbours along each axis, row-major.</summary>
    public static long[] Strides(ReadOnlySpan<long> shape)
    {
        long[] strides = new long[shape.Length];
        long step = 1;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = step;
            step *= shape[i];
        }

        return strides;
    }

    /// <summary>Strides of a tensor seen in a shape that it is broadcast to: 0 along repeated axes.</summary>
    public static long[] BroadcastStrides(ReadOnlySpan<long> shape, ReadOnlySpan<long> target)
    {
        long[] own = Strides(shape);
        long[] strides = new long[target.Length];
        int lead = target.Length - shape.Length;
        for (int i = 0; i < shape.Length; i++)
        {
            strides[lead + i] = shape[i] == 1 ? 0 : own[i];
        }

        return strides;
    }

    /// <summary>The shape both broadcast to by the rules of ONNX and numpy, or null where they do not.</summary>
    public static long[]? Broadcast(ReadOnlySpan<long> a, ReadOnlySpan<long> b)
    {
        long[] result = new long[Math.Max(a.Length, b.Length)];
        for (int i = 1; i <= result.Length; i++)
        {
            long left = i <= a.Length ? a[^i] : 1;
            long right = i <= b.Length ? b[^i] : 1;
            if (left != right && left != 1 && right != 1)
            {
                return null;
            }

            result[^i] = left == 1 ? right : left;
        }

        return result;
    }

    /// <summary>Whether <paramref name="shape"/> broadcasts to exactly <paramref name="target"/>.</summary>
    public static bool BroadcastsTo(ReadOnlySpan<long> shape, ReadOnlySpan<long> target) =>
        Broadcast(shape, target) is { } both && both.AsSpan().SequenceEqual(target);
}
