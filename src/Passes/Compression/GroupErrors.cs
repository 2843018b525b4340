using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Flightc.Passes.Compression;

/// <summary>What rounding does to the weights of one group at given steps.</summary>
/// <remarks>
/// Four steps are tried at a time, so that a weight is loaded once for all of them. Sums have 16 lanes that are added in halves, and products that go into a sum are
/// fused, on every machine: no result depends on the width of its vectors.
/// </remarks>
internal static class GroupErrors
{
    /// <summary>Steps that are tried at a time.</summary>
    public const int Candidates = 4;

    /// <summary>Σ (w - c·step)² at each of four steps, c being the nearest code.</summary>
    /// <param name="weights">The first of the weights.</param>
    /// <param name="count">How many, a multiple of 16.</param>
    /// <param name="steps">The first of four steps, all negated.</param>
    /// <param name="inverses">The first of the inverses of the steps themselves, 0 where a step is 0.</param>
    /// <param name="stride">Places from one step to the next.</param>
    /// <param name="min">The least code.</param>
    /// <param name="max">The largest code.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Of(
        ref float weights, int count, ref float steps, ref float inverses, int stride, Vector512<float> min, Vector512<float> max)
    {
        Vector512<float> step0 = Vector512.Create(steps), inverse0 = Vector512.Create(inverses), sum0 = Vector512<float>.Zero;
        Vector512<float> step1 = Vector512.Create(Unsafe.Add(ref steps, stride)), inverse1 = Vector512.Create(Unsafe.Add(ref inverses, stride)), sum1 = sum0;
        Vector512<float> step2 = Vector512.Create(Unsafe.Add(ref steps, 2 * stride)), inverse2 = Vector512.Create(Unsafe.Add(ref inverses, 2 * stride)), sum2 = sum0;
        Vector512<float> step3 = Vector512.Create(Unsafe.Add(ref steps, 3 * stride)), inverse3 = Vector512.Create(Unsafe.Add(ref inverses, 3 * stride)), sum3 = sum0;
        for (nuint i = 0; i < (nuint)count; i += (nuint)Vector512<float>.Count)
        {
            Vector512<float> weight = Vector512.LoadUnsafe(ref weights, i);
            sum0 = Add(sum0, weight, step0, inverse0, min, max);
            sum1 = Add(sum1, weight, step1, inverse1, min, max);
            sum2 = Add(sum2, weight, step2, inverse2, min, max);
            sum3 = Add(sum3, weight, step3, inverse3, min, max);
        }

        return SumsOfLanes(sum0, sum1, sum2, sum3);
    }

    /// <summary>The nearest codes, as numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Code(Vector512<float> weight, Vector512<float> inverse, Vector512<float> min, Vector512<float> max) =>
        Vector512.MinNative(Vector512.MaxNative(Vector512.Round(weight * inverse), min), max);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Add(
        Vector512<float> sum, Vector512<float> weight, Vector512<float> step, Vector512<float> inverse, Vector512<float> min, Vector512<float> max)
    {
        Vector512<float> error = Vector512.FusedMultiplyAdd(Code(weight, inverse, min, max), step, weight);
        return Vector512.FusedMultiplyAdd(error, error, sum);
    }

    // Of each: lanes i and i + 8, then i + 4, i + 2, i + 1, as VectorRows.SumOfLanes has it, four sums at a time.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> SumsOfLanes(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        Vector256<float> ab = Pairs(Halves(a), Halves(b)), cd = Pairs(Halves(c), Halves(d));
        Vector256<float> twos = Vector256.Create(ab.GetLower() + ab.GetUpper(), cd.GetLower() + cd.GetUpper());
        twos = Vector256.Shuffle(twos, Vector256.Create(0, 2, 4, 6, 1, 3, 5, 7));
        return twos.GetLower() + twos.GetUpper();
    }

    // The lower halves of both, then the upper ones.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Pairs(Vector128<float> a, Vector128<float> b) =>
        Vector256.Shuffle(Vector256.Create(a, b), Vector256.Create(0, 1, 4, 5, 2, 3, 6, 7));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Halves(Vector512<float> lanes)
    {
        Vector256<float> eight = lanes.GetLower() + lanes.GetUpper();
        return eight.GetLower() + eight.GetUpper();
    }
}
