using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Flightc.IR;
using Flightc.Numerics;

namespace Flightc.Passes.Compression;

/// <summary>Quantises rows of one matrix, one after another; owns their working memory.</summary>
/// <remarks>
/// A row is brought to magnitudes of 1 … 2 by a power of two. A group's best scale is searched over a
/// grid of clippings; the largest of all groups, divided by 63, is the row scale S. With S, every second multiplier within
/// the clipping range is tried for every group, then those beside the best. S is at last refitted by least squares to the codes chosen.
/// Vectors have 16 lanes everywhere, and sums one order. Loops are compiled at once for speed: they are entered seldom and stay long.
/// </remarks>
internal sealed class RowQuantizer
{
    private const int MaxMultiplier = 63;

    // Steps from the scale that clips most to the one that clips nothing.
    private const int GridSteps = 24;

    // Of a range every second multiplier is tried first.
    private const int Stride = 2;

    private const int Lanes = 16;

    private readonly QuantizedFormat _format;
    private readonly long _maxProduct;
    private readonly int _columns;
    private readonly int _groups;
    private readonly Vector512<float> _min;
    private readonly Vector512<float> _max;

    // Padded to whole groups with zeros, whose codes are 0 and whose error is 0.
    private readonly float[] _weights;
    private readonly sbyte[] _codes;
    private readonly float[] _largestScale;
    private readonly float[] _smallestScale;
    private readonly byte[] _multipliers;

    // Of the multipliers that stand.
    private readonly float[] _errors;

    // Steps, negated, and their inverses: of all multipliers, or of a grid.
    private readonly float[] _steps = new float[Math.Max(MaxMultiplier, GridSteps) + 1 + (2 * GroupErrors.Candidates)];
    private readonly float[] _inverses = new float[Math.Max(MaxMultiplier, GridSteps) + 1 + (2 * GroupErrors.Candidates)];

    /// <param name="columns">Elements of a row.</param>
    /// <param name="format">Bits and group size.</param>
    /// <param name="maxProduct">The largest Σ|c·m| of a row.</param>
    public RowQuantizer(int columns, QuantizedFormat format, long maxProduct)
    {
        (_columns, _format, _maxProduct, _groups) = (columns, format, maxProduct, format.GroupsIn(columns));
        (_min, _max) = (Vector512.Create((float)MinCode), Vector512.Create((float)MaxCode));
        _weights = new float[_groups * format.GroupSize];
        _codes = new sbyte[_groups * format.GroupSize];
        _smallestScale = new float[_groups];
        _largestScale = new float[_groups];
        _multipliers = new byte[_groups];
        _errors = new float[_groups];
    }

    private int MinCode => -(1 << (_format.Bits - 1));

    private int MaxCode => (1 << (_format.Bits - 1)) - 1;

    // The share of the largest magnitude below which clipping has never paid: few bits gain more from it.
    private float LeastClipping => _format.Bits switch
    {
        2 => 0.35f,
        3 => 0.5f,
        4 => 0.6f,
        5 => 0.7f,
        6 => 0.8f,
        _ => 0.9f,
    };

    /// <summary>Fills codes and multipliers, and returns the row scale.</summary>
    /// <param name="weights">(K) finite.</param>
    /// <param name="codes">(K)</param>
    /// <param name="multipliers">(groups)</param>
    public float Quantize(ReadOnlySpan<float> weights, Span<sbyte> codes, Span<byte> multipliers)
    {
        float largest = WeightMagnitudes.Largest(weights);
        if (largest == 0)
        {
            codes.Clear();
            multipliers.Clear();
            return 0;
        }

        int exponent = Math.ILogB(largest);
        Normalise(weights, exponent);
        float scale = FindScale();
        int limit = MaxMultiplier;
        while (true)
        {
            float rounded = _format.ScaleFrom((float)Math.ScaleB(scale, exponent));
            if (rounded == 0 || !float.IsFinite(rounded))
            {
                // Below the subnormals there is nothing to store.
                codes.Clear();
                multipliers.Clear();
                return 0;
            }

            // What is stored is what codes are rounded for, also where the stored scale is subnormal.
            float stored = (float)Math.ScaleB((double)rounded, -exponent);
            long product = Emit(stored);
            if (product <= _maxProduct)
            {
                _codes.AsSpan(0, _columns).CopyTo(codes);
                _multipliers.CopyTo(multipliers);
                return rounded;
            }

            // Fewer and coarser multipliers: codes stay, products shrink.
            int lower = Math.Max(1, Math.Min(limit - 1, (int)(limit * _maxProduct / product)));
            scale = scale * limit / lower;
            limit = lower;
            ChooseMultipliers(scale, limit);
        }
    }

    /// <summary>Copies the row, divided by a power of two, and finds the ranges of its groups.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Normalise(ReadOnlySpan<float> weights, int exponent)
    {
        // The factors are exact, and so are the products, save what vanishes beside the largest: two factors, for 2^149 is none of binary32.
        int half = -exponent / 2;
        Vector512<float> factor = Vector512.Create(MathF.ScaleB(1, half)), rest = Vector512.Create(MathF.ScaleB(1, -exponent - half));
        weights.CopyTo(_weights);
        for (int group = 0; group < _groups; group++)
        {
            Vector512<float> lowest = Vector512<float>.Zero, highest = Vector512<float>.Zero;
            ref float first = ref FirstOf(group);
            for (nuint i = 0; i < (nuint)_format.GroupSize; i += (nuint)Lanes)
            {
                Vector512<float> weight = Vector512.LoadUnsafe(ref first, i) * factor * rest;
                weight.StoreUnsafe(ref first, i);
                (lowest, highest) = (Vector512.MinNative(lowest, weight), Vector512.MaxNative(highest, weight));
            }

            FindRange(group, Largest(-lowest), Largest(highest));
        }
    }

    /// <summary>
    /// The scales between which a group's best one lies: clipping as much as may pay, and clipping nothing.
    /// </summary>
    /// <param name="group">The group.</param>
    /// <param name="below">The magnitude of the least weight, at least 0.</param>
    /// <param name="above">The largest weight, at least 0.</param>
    private void FindRange(int group, float below, float above)
    {
        _largestScale[group] = Math.Max(below / -MinCode, above / MaxCode);
        _smallestScale[group] = LeastClipping * Math.Max(below, above) / -MinCode;
    }

    /// <summary>Chooses the row scale, and the multipliers that go with it.</summary>
    private float FindScale()
    {
        // No group has a best scale beyond the one that clips nothing, so that few have to be looked at.
        int widest = 0;
        for (int group = 1; group < _groups; group++)
        {
            widest = _largestScale[group] > _largestScale[widest] ? group : widest;
        }

        float largest = BestScale(widest);
        for (int group = 0; group < _groups; group++)
        {
            if (group != widest && _largestScale[group] > largest)
            {
                largest = Math.Max(largest, BestScale(group));
            }
        }

        float scale = largest / MaxMultiplier;
        ChooseMultipliers(scale, MaxMultiplier);
        return Refit(scale);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float BestScale(int group)
    {
        for (int step = 0; step < GridSteps + GroupErrors.Candidates; step++)
        {
            float scale = _largestScale[group]
                + ((_smallestScale[group] - _largestScale[group]) * Math.Min(step, GridSteps) / GridSteps);
            (_steps[step], _inverses[step]) = (-scale, 1 / scale);
        }

        float best = 0, bestError = float.PositiveInfinity;
        for (int step = 0; step <= GridSteps; step += GroupErrors.Candidates)
        {
            Vector128<float> errors = Errors(group, step, 1);
            for (int i = 0; i < GroupErrors.Candidates; i++)
            {
                if (errors[i] < bestError)
                {
                    (best, bestError) = (-_steps[step + i], errors[i]);
                }
            }
        }

        return best;
    }

    /// <summary>Gives every group the multiplier of least error.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ChooseMultipliers(float scale, int limit)
    {
        for (int multiplier = 0; multiplier < _steps.Length; multiplier++)
        {
            float step = scale * Math.Min(multiplier, limit);
            (_steps[multiplier], _inverses[multiplier]) = (-step, Inverse(step));
        }

        // In two passes over all groups: within one, what is tried for a group waits for nothing.
        float perScale = 1 / scale;
        for (int group = 0; group < _groups; group++)
        {
            int first = Math.Clamp((int)(_smallestScale[group] * perScale), 0, limit);
            int last = Math.Clamp((int)(_largestScale[group] * perScale) + 1, 0, limit);
            TryRange(group, first, last);
        }

        for (int group = 0; group < _groups; group++)
        {
            TryBetween(group);
            _multipliers[group] = Math.Min(_multipliers[group], (byte)limit);
        }
    }

    // Every second multiplier of a range, from the largest down.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void TryRange(int group, int first, int last)
    {
        Vector128<float> least = Vector128.Create(float.PositiveInfinity);
        Vector128<int> best = Vector128<int>.Zero;
        int next = last - (Stride * (GroupErrors.Candidates - 1));
        do
        {
            int from = Math.Max(next, 0);
            Vector128<float> errors = Errors(group, from, Stride);
            best = Vector128.ConditionalSelect(Vector128.LessThan(errors, least).AsInt32(), Multipliers(from), best);
            least = Vector128.MinNative(errors, least);
            next -= Stride * GroupErrors.Candidates;
        }
        while (next > first - (Stride * GroupErrors.Candidates));
        Keep(group, least, best);
    }

    // Those that were left out, on both sides of the best.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void TryBetween(int group)
    {
        int from = Math.Max(_multipliers[group] - Stride - 1, 0);
        Vector128<float> errors = Errors(group, from, Stride);
        if (Least(errors) < _errors[group])
        {
            Keep(group, errors, Multipliers(from));
        }
    }

    private static Vector128<int> Multipliers(int from) => Vector128.Create(from) + (Vector128<int>.Indices * Stride);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Keep(int group, Vector128<float> errors, Vector128<int> multipliers)
    {
        float least = Least(errors);
        _errors[group] = least;
        _multipliers[group] = (byte)multipliers[BitOperations.TrailingZeroCount(Vector128.Equals(errors, Vector128.Create(least)).ExtractMostSignificantBits())];
    }

    /// <summary>
    /// The row scale of least squared error for the multipliers and codes that stand: Σ w·(m·c) ÷ Σ (m·c)².
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float Refit(float scale)
    {
        double numerator = 0, denominator = 0;
        for (int group = 0; group < _groups; group++)
        {
            int multiplier = _multipliers[group];
            Vector512<float> inverse = Vector512.Create(_inverses[multiplier]), products = Vector512<float>.Zero, squares = Vector512<float>.Zero;
            ref float first = ref FirstOf(group);
            for (nuint i = 0; i < (nuint)_format.GroupSize; i += (nuint)Lanes)
            {
                Vector512<float> weight = Vector512.LoadUnsafe(ref first, i);
                Vector512<float> code = GroupErrors.Code(weight, inverse, _min, _max);
                products = Vector512.FusedMultiplyAdd(weight, code, products);
                squares = Vector512.FusedMultiplyAdd(code, code, squares);
            }

            numerator += (double)VectorRows.SumOfLanes(products) * multiplier;
            denominator += (double)VectorRows.SumOfLanes(squares) * (multiplier * multiplier);
        }

        return denominator > 0 ? (float)(numerator / denominator) : scale;
    }

    /// <summary>Makes the codes of the multipliers that stand, and returns Σ|c·m|.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private long Emit(float scale)
    {
        long product = 0;
        ref sbyte codes = ref MemoryMarshal.GetArrayDataReference(_codes);
        for (int group = 0; group < _groups; group++)
        {
            Vector512<float> inverse = Vector512.Create(Inverse(scale * _multipliers[group]));
            Vector512<float> magnitudes = Vector512<float>.Zero;
            int start = group * _format.GroupSize;
            ref float first = ref FirstOf(group);
            for (int i = 0; i < _format.GroupSize; i += 2 * Lanes)
            {
                Vector512<float> low = GroupErrors.Code(Vector512.LoadUnsafe(ref first, (nuint)i), inverse, _min, _max);
                Vector512<float> high = GroupErrors.Code(Vector512.LoadUnsafe(ref first, (nuint)(i + Lanes)), inverse, _min, _max);
                magnitudes += Vector512.Abs(low) + Vector512.Abs(high);
                Vector512<short> words = Vector512.Narrow(Vector512.ConvertToInt32Native(low), Vector512.ConvertToInt32Native(high));
                Vector256.Narrow(words.GetLower(), words.GetUpper()).StoreUnsafe(ref codes, (nuint)(start + i));
            }

            // Integers far below 2^24, so that the sum is exact. A group of zeros has one form.
            int sum = (int)Vector512.Sum(magnitudes);
            _multipliers[group] = sum == 0 ? (byte)0 : _multipliers[group];
            product += (long)sum * _multipliers[group];
        }

        return product;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector128<float> Errors(int group, int firstStep, int stride) =>
        GroupErrors.Of(ref FirstOf(group), _format.GroupSize, ref _steps[firstStep], ref _inverses[firstStep], stride, _min, _max);

    private ref float FirstOf(int group) => ref _weights[group * _format.GroupSize];

    // A scale of 0 gives codes of 0.
    private static float Inverse(float scale) => scale > 0 ? 1 / scale : 0;

    private static float Largest(Vector512<float> lanes)
    {
        Vector256<float> eight = Vector256.MaxNative(lanes.GetLower(), lanes.GetUpper());
        Vector128<float> four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
        return Math.Max(Math.Max(four[0], four[1]), Math.Max(four[2], four[3]));
    }

    private static float Least(Vector128<float> lanes)
    {
        lanes = Vector128.MinNative(lanes, Vector128.Shuffle(lanes, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MinNative(lanes, Vector128.Shuffle(lanes, Vector128.Create(1, 0, 3, 2)))[0];
    }
}
