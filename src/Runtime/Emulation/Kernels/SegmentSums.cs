using System.Numerics;
using System.Runtime.Intrinsics;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>Sums of numbers and of squares by docs/numerics.md §1.1.</summary>
internal static unsafe class SegmentSums
{
    private const int Segment = 64;

    /// <summary>Steps 1 to 3: the sum of x × x of every segment.</summary>
    /// <param name="path">Instructions to use.</param>
    /// <param name="x">(count)</param>
    /// <param name="count">Elements; the last segment may be short.</param>
    /// <param name="sums">A sum per segment.</param>
    public static void OfSquares(VectorPath path, float* x, int count, float* sums) =>
        Of(path, x, count, isOfSquares: true, sums);

    /// <summary>All steps: the sum of x, or of x × x.</summary>
    /// <param name="path">Instructions to use.</param>
    /// <param name="x">(count)</param>
    /// <param name="count">Elements.</param>
    /// <param name="isOfSquares">Whether elements are squared.</param>
    /// <param name="sums">Room for a sum per segment.</param>
    public static float Total(VectorPath path, float* x, int count, bool isOfSquares, float* sums)
    {
        Of(path, x, count, isOfSquares, sums);
        return Combine(sums, (count + Segment - 1) / Segment);
    }

    private static void Of(VectorPath path, float* x, int count, bool isOfSquares, float* sums)
    {
        float* padded = stackalloc float[Segment];
        for (int i = 0; i < count; i += Segment)
        {
            float* segment = x + i;
            if (count - i < Segment)
            {
                new Span<float>(padded, Segment).Clear();
                new ReadOnlySpan<float>(segment, count - i).CopyTo(new Span<float>(padded, Segment));
                segment = padded;
            }

            sums[i / Segment] = path == VectorPath.Portable ? Scalar(segment, isOfSquares) : Vector(segment, isOfSquares);
        }
    }

    /// <summary>Step 4: neighbours in pairs until one sum is left; 0 for none.</summary>
    public static float Combine(float* sums, int count)
    {
        if (count <= 1)
        {
            return count == 0 ? 0f : sums[0];
        }

        // The left half of the tree is always a whole one: its size is the largest power of two below the count.
        int left = (int)BitOperations.RoundUpToPowerOf2((uint)count) / 2;
        return Combine(sums, left) + Combine(sums + left, count - left);
    }

    private static float Scalar(float* v, bool isOfSquares)
    {
        float* lanes = stackalloc float[16];
        for (int j = 0; j < 16; j++)
        {
            (float a, float b, float c, float d) = (v[j], v[j + 16], v[j + 32], v[j + 48]);
            lanes[j] = isOfSquares ? (a * a) + (b * b) + (c * c) + (d * d) : a + b + c + d;
        }

        for (int w = 8; w > 0; w /= 2)
        {
            for (int j = 0; j < w; j++)
            {
                lanes[j] += lanes[j + w];
            }
        }

        return lanes[0];
    }

    private static float Vector(float* v, bool isOfSquares)
    {
        Vector512<float> a = Vector512.Load(v), b = Vector512.Load(v + 16), c = Vector512.Load(v + 32), d = Vector512.Load(v + 48);
        Vector512<float> sixteen = isOfSquares ? (a * a) + (b * b) + (c * c) + (d * d) : a + b + c + d;
        Vector256<float> eight = sixteen.GetLower() + sixteen.GetUpper();
        Vector128<float> four = eight.GetLower() + eight.GetUpper();
        Vector128<float> two = four + Vector128.Shuffle(four, Vector128.Create(2, 3, 2, 3));
        return two.GetElement(0) + two.GetElement(1);
    }
}
