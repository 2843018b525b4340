using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Flightc.Numerics;

/// <summary>A tile of a product in registers: 8 x 32 elements, each one chain of fused multiply-adds over a block of the inner index.</summary>
internal static class ProductTile
{
    /// <summary>Rows, the lanes of a panel of the left operand.</summary>
    public const int Rows = 8;

    /// <summary>Columns, the lanes of a panel of the right operand.</summary>
    public const int Columns = 32;

    /// <summary><c>c += a · b</c> of a part of a tile.</summary>
    /// <param name="a">(inner, 8)</param>
    /// <param name="b">(inner, 32)</param>
    /// <param name="inner">The inner extent.</param>
    /// <param name="c">From its first element on.</param>
    /// <param name="stride">From one row of c to the next.</param>
    /// <param name="rows">Rows that there are, 1 … 8.</param>
    /// <param name="columns">Columns that there are, 1 … 32.</param>
    public static void Add(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int inner, Span<float> c, int stride, int rows, int columns)
    {
        if (rows == Rows && columns == Columns)
        {
            // What lies behind the last row is not touched.
            _ = (a[(inner * Rows) - 1], b[(inner * Columns) - 1], c[((Rows - 1) * stride) + Columns - 1]);
            Add(ref MemoryMarshal.GetReference(a), ref MemoryMarshal.GetReference(b), inner, ref MemoryMarshal.GetReference(c), stride);
            return;
        }

        Span<float> whole = stackalloc float[Rows * Columns];
        whole.Clear();
        for (int row = 0; row < rows; row++)
        {
            c.Slice(row * stride, columns).CopyTo(whole[(row * Columns)..]);
        }

        Add(a, b, inner, whole, Columns, Rows, Columns);
        for (int row = 0; row < rows; row++)
        {
            whole.Slice(row * Columns, columns).CopyTo(c[(row * stride)..]);
        }
    }

    // Sixteen accumulators of 16 lanes, two loads and eight broadcasts per step of the inner index.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(ref float a, ref float b, int inner, ref float c, int stride)
    {
        Vector512<float> s00 = default, s01 = default, s10 = default, s11 = default, s20 = default, s21 = default, s30 = default, s31 = default;
        Vector512<float> s40 = default, s41 = default, s50 = default, s51 = default, s60 = default, s61 = default, s70 = default, s71 = default;
        for (int k = 0; k < inner; k++)
        {
            Vector512<float> low = Vector512.LoadUnsafe(ref b), high = Vector512.LoadUnsafe(ref b, 16);
            Vector512<float> x = Vector512.Create(a);
            s00 = Vector512.FusedMultiplyAdd(x, low, s00);
            s01 = Vector512.FusedMultiplyAdd(x, high, s01);
            x = Vector512.Create(Unsafe.Add(ref a, 1));
            s10 = Vector512.FusedMultiplyAdd(x, low, s10);
            s11 = Vector512.FusedMultiplyAdd(x, high, s11);
            x = Vector512.Create(Unsafe.Add(ref a, 2));
            s20 = Vector512.FusedMultiplyAdd(x, low, s20);
            s21 = Vector512.FusedMultiplyAdd(x, high, s21);
            x = Vector512.Create(Unsafe.Add(ref a, 3));
            s30 = Vector512.FusedMultiplyAdd(x, low, s30);
            s31 = Vector512.FusedMultiplyAdd(x, high, s31);
            x = Vector512.Create(Unsafe.Add(ref a, 4));
            s40 = Vector512.FusedMultiplyAdd(x, low, s40);
            s41 = Vector512.FusedMultiplyAdd(x, high, s41);
            x = Vector512.Create(Unsafe.Add(ref a, 5));
            s50 = Vector512.FusedMultiplyAdd(x, low, s50);
            s51 = Vector512.FusedMultiplyAdd(x, high, s51);
            x = Vector512.Create(Unsafe.Add(ref a, 6));
            s60 = Vector512.FusedMultiplyAdd(x, low, s60);
            s61 = Vector512.FusedMultiplyAdd(x, high, s61);
            x = Vector512.Create(Unsafe.Add(ref a, 7));
            s70 = Vector512.FusedMultiplyAdd(x, low, s70);
            s71 = Vector512.FusedMultiplyAdd(x, high, s71);
            a = ref Unsafe.Add(ref a, Rows);
            b = ref Unsafe.Add(ref b, Columns);
        }

        Store(ref c, 0, s00, s01);
        Store(ref c, stride, s10, s11);
        Store(ref c, 2 * stride, s20, s21);
        Store(ref c, 3 * stride, s30, s31);
        Store(ref c, 4 * stride, s40, s41);
        Store(ref c, 5 * stride, s50, s51);
        Store(ref c, 6 * stride, s60, s61);
        Store(ref c, 7 * stride, s70, s71);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(ref float c, nint offset, Vector512<float> low, Vector512<float> high)
    {
        ref float at = ref Unsafe.Add(ref c, offset);
        (Vector512.LoadUnsafe(ref at) + low).StoreUnsafe(ref at);
        (Vector512.LoadUnsafe(ref at, 16) + high).StoreUnsafe(ref at, 16);
    }
}
