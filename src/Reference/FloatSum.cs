using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Flightc.Reference;

/// <summary>
/// Sums of binary32 in the order of docs/numerics.md §1.1; products are rounded before they are added.
/// </summary>
internal static class FloatSum
{
    private const int Segment = 64;
    private const int Lanes = 16;

    // Partial sums of 1, 2, 4 ... segments wait here: enough for 2^32 segments.
    private const int Levels = 32;

    /// <summary>The sum of v; +0 for none.</summary>
    public static float Of(ReadOnlySpan<float> v)
    {
        Span<float> lanes = stackalloc float[Lanes];
        Span<float> waiting = stackalloc float[Levels];
        int count = 0;
        for (int start = 0, segment = 0; start < v.Length || segment == 0; start += Segment, segment++)
        {
            for (int j = 0; j < Lanes; j++)
            {
                lanes[j] = ((At(v, start + j) + At(v, start + j + 16)) + At(v, start + j + 32)) + At(
                    v, start + j + 48);
            }

            for (int width = 8; width > 0; width /= 2)
            {
                for (int j = 0; j < width; j++)
                {
                    lanes[j] += lanes[j + width];
                }
            }

            // A binary counter: a finished pair of subtrees is joined as soon as its right half is there.
            waiting[count++] = lanes[0];
            for (int pairs = segment; (pairs & 1) == 1; pairs >>= 1)
            {
                count--;
                waiting[count - 1] += waiting[count];
            }
        }

        while (count > 1)
        {
            count--;
            waiting[count - 1] += waiting[count];
        }

        return waiting[0];

        static float At(ReadOnlySpan<float> v, int index) => index < v.Length ? v[index] : 0;
    }

    /// <summary>
    /// <c>y[r] = sum(x[k] × rows[r · stride + k])</c>; four rows at a time, each in the order above.
    /// </summary>
    /// <param name="x">The vector; as many columns as are multiplied.</param>
    /// <param name="rows">(y.Length, stride), of which the first x.Length columns are used.</param>
    /// <param name="stride">From one row to the next; at least x.Length.</param>
    /// <param name="y">One sum per row.</param>
    public static void Products(ReadOnlySpan<float> x, ReadOnlySpan<float> rows, int stride, Span<float> y)
    {
        ref float matrix = ref MemoryMarshal.GetReference(rows);
        if (y.Length > 0 && (long)(y.Length - 1) * stride + x.Length > rows.Length)
        {
            throw new ArgumentException($"{rows.Length} elements hold fewer than {y.Length} rows", nameof(rows));
        }

        // What is behind the last whole segment, padded with zeros.
        int whole = x.Length / Segment * Segment;
        Span<float> rest = stackalloc float[Segment];
        rest.Clear();
        x[whole..].CopyTo(rest);
        for (int r = 0; r < y.Length; r += 4)
        {
            // A short last group computes its last row again.
            int last = y.Length - 1;
            bool isReadable = ((long)Math.Min(r + 3, last) * stride) + whole + Segment <= rows.Length;
            Vector128<float> sums = FourRows(
                x,
                rest,
                isReadable,
                ref Unsafe.Add(ref matrix, (nint)r * stride),
                ref Unsafe.Add(ref matrix, (nint)Math.Min(r + 1, last) * stride),
                ref Unsafe.Add(ref matrix, (nint)Math.Min(r + 2, last) * stride),
                ref Unsafe.Add(ref matrix, (nint)Math.Min(r + 3, last) * stride));
            for (int i = 0; i < Math.Min(4, y.Length - r); i++)
            {
                y[r + i] = sums[i];
            }
        }
    }

    [SkipLocalsInit]
    private static Vector128<float> FourRows(
        ReadOnlySpan<float> x, ReadOnlySpan<float> xRest, bool isReadable, ref float a, ref float b, ref float c, ref float d)
    {
        Span<Vector128<float>> waiting = stackalloc Vector128<float>[Levels];
        int count = 0;
        ref float vector = ref MemoryMarshal.GetReference(x);
        int whole = x.Length / Segment * Segment;
        int segment = 0;
        for (int k = 0; k < whole; k += Segment, segment++)
        {
            ref float at = ref Unsafe.Add(ref vector, k);
            Vector128<float> sums = Reduce(
                Multiply(ref at, ref Unsafe.Add(ref a, k)),
                Multiply(ref at, ref Unsafe.Add(ref b, k)),
                Multiply(ref at, ref Unsafe.Add(ref c, k)),
                Multiply(ref at, ref Unsafe.Add(ref d, k)));
            Push(waiting, ref count, segment, sums);
        }

        int rest = x.Length - whole;
        if (rest > 0 || whole == 0)
        {
            ref float tail = ref MemoryMarshal.GetReference(xRest);
            ref float aRest = ref Unsafe.Add(ref a, whole), bRest = ref Unsafe.Add(ref b, whole);
            ref float cRest = ref Unsafe.Add(ref c, whole), dRest = ref Unsafe.Add(ref d, whole);
            Vector128<float> sums = isReadable
                ? PartOfSegment(ref tail, ref aRest, ref bRest, ref cRest, ref dRest, rest)
                : CopiedPart(ref tail, ref aRest, ref bRest, ref cRest, ref dRest, rest);
            Push(waiting, ref count, segment, sums);
        }

        while (count > 1)
        {
            count--;
            waiting[count - 1] += waiting[count];
        }

        return waiting[0];
    }

    // Rows near the end of the matrix, behind whose parts nothing may be read.
    private static Vector128<float> CopiedPart(
        ref float x, ref float a, ref float b, ref float c, ref float d, int count)
    {
        Span<float> rows = stackalloc float[4 * Segment];
        rows.Clear();
        MemoryMarshal.CreateReadOnlySpan(ref a, count).CopyTo(rows);
        MemoryMarshal.CreateReadOnlySpan(ref b, count).CopyTo(rows[Segment..]);
        MemoryMarshal.CreateReadOnlySpan(ref c, count).CopyTo(rows[(2 * Segment)..]);
        MemoryMarshal.CreateReadOnlySpan(ref d, count).CopyTo(rows[(3 * Segment)..]);
        ref float at = ref MemoryMarshal.GetReference(rows);
        return PartOfSegment(
            ref x, ref at, ref Unsafe.Add(ref at, Segment), ref Unsafe.Add(ref at, 2 * Segment), ref Unsafe.Add(ref at, 3 * Segment), count);
    }

    // A segment of which only the first elements count; the others are read, and replaced by 0.
    private static Vector128<float> PartOfSegment(
        ref float x, ref float a, ref float b, ref float c, ref float d, int count)
    {
        Vector512<int> lane = Vector512<int>.Indices;
        Vector512<float> m0 = Vector512.LessThan(lane, Vector512.Create(count)).AsSingle();
        Vector512<float> m1 = Vector512.LessThan(lane, Vector512.Create(count - Lanes)).AsSingle();
        Vector512<float> m2 = Vector512.LessThan(lane, Vector512.Create(count - (2 * Lanes))).AsSingle();
        Vector512<float> m3 = Vector512.LessThan(lane, Vector512.Create(count - (3 * Lanes))).AsSingle();
        return Reduce(
            Multiply(ref x, ref a, m0, m1, m2, m3), Multiply(ref x, ref b, m0, m1, m2, m3),
            Multiply(ref x, ref c, m0, m1, m2, m3), Multiply(ref x, ref d, m0, m1, m2, m3));
    }

    // Step 2 under masks.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Multiply(
        ref float x, ref float w, Vector512<float> m0, Vector512<float> m1, Vector512<float> m2, Vector512<float> m3) =>
        (((Vector512.LoadUnsafe(ref x) * (Vector512.LoadUnsafe(ref w) & m0))
            + (Vector512.LoadUnsafe(ref x, 16) * (Vector512.LoadUnsafe(ref w, 16) & m1)))
            + (Vector512.LoadUnsafe(ref x, 32) * (Vector512.LoadUnsafe(ref w, 32) & m2)))
            + (Vector512.LoadUnsafe(ref x, 48) * (Vector512.LoadUnsafe(ref w, 48) & m3));

    // Step 2: lane j is ((v[j] + v[j+16]) + v[j+32]) + v[j+48].
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Multiply(ref float x, ref float w) =>
        (((Vector512.LoadUnsafe(ref x) * Vector512.LoadUnsafe(ref w))
            + (Vector512.LoadUnsafe(ref x, 16) * Vector512.LoadUnsafe(ref w, 16)))
            + (Vector512.LoadUnsafe(ref x, 32) * Vector512.LoadUnsafe(ref w, 32)))
            + (Vector512.LoadUnsafe(ref x, 48) * Vector512.LoadUnsafe(ref w, 48));

    // Step 3 for four rows: widths 8 and 4 within each, widths 2 and 1 for all together.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Reduce(
        Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        Vector128<float> p = Fold(a), q = Fold(b), r = Fold(c), s = Fold(d);
        Vector256<float> pq = Vector256.Create(p, q), rs = Vector256.Create(r, s);

        // [p0 p1 r0 r1 | q0 q1 s0 s1] + [p2 p3 r2 r3 | q2 q3 s2 s3]
        Vector256<float> two = Vector256.Shuffle(pq, Vector256.Create(0, 1, 0, 1, 4, 5, 4, 5));
        Vector256<float> twoMore = Vector256.Shuffle(rs, Vector256.Create(0, 1, 0, 1, 4, 5, 4, 5));
        Vector256<float> upper = Vector256.Shuffle(pq, Vector256.Create(2, 3, 2, 3, 6, 7, 6, 7));
        Vector256<float> upperMore = Vector256.Shuffle(rs, Vector256.Create(2, 3, 2, 3, 6, 7, 6, 7));
        Vector256<int> first = Vector256.Create(-1, -1, 0, 0, -1, -1, 0, 0);
        Vector256<float> pairs = Vector256.ConditionalSelect(first.AsSingle(), two, twoMore)
            + Vector256.ConditionalSelect(first.AsSingle(), upper, upperMore);

        // pairs: [p p r r | q q s s]; the sums belong in the order p q r s.
        Vector256<float> sums = pairs + Vector256.Shuffle(pairs, Vector256.Create(1, 0, 3, 2, 5, 4, 7, 6));
        return Vector256.Shuffle(sums, Vector256.Create(0, 4, 2, 6, 0, 4, 2, 6)).GetLower();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Fold(Vector512<float> lanes)
    {
        Vector256<float> eight = lanes.GetLower() + lanes.GetUpper();
        return eight.GetLower() + eight.GetUpper();
    }

    // Step 4 as a binary counter: a finished pair of subtrees is joined as soon as its right half is there.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Push(Span<Vector128<float>> waiting, ref int count, int segment, Vector128<float> sums)
    {
        for (int pairs = segment; (pairs & 1) == 1; pairs >>= 1)
        {
            count--;
            sums = waiting[count] + sums;
        }

        waiting[count++] = sums;
    }
}
