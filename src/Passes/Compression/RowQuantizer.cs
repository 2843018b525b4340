using System.Runtime.Intrinsics;
using Flightc.IR;

namespace Flightc.Passes.Compression;

/// <summary>Quantises rows of one matrix, one after another; owns their working memory.</summary>
/// <remarks>
/// A row is brought to magnitudes of 1 … 2 by a power of two. Every group's best scale is searched over a
/// grid of clippings; the largest of them, divided by 63, is the row scale S. With S, every multiplier within
/// the clipping range is tried for every group. S is then refitted by least squares to the codes chosen, and
/// the multipliers are tried again. Vectors have a fixed width of 256 bits, so that sums have one order
/// everywhere.
/// </remarks>
internal sealed class RowQuantizer
{
    private const int MaxMultiplier = 63;

    // Steps from the scale that clips most to the one that clips nothing.
    private const int GridSteps = 24;

    private readonly QuantizedFormat _format;
    private readonly long _maxProduct;
    private readonly int _groups;

    // Padded to whole groups with zeros, whose codes are 0 and whose error is 0.
    private readonly float[] _weights;
    private readonly float[] _largest;
    private readonly float[] _smallestScale;
    private readonly float[] _largestScale;
    private readonly int[] _multipliers;
    private readonly int[] _best;

    /// <param name="columns">Elements of a row.</param>
    /// <param name="format">Bits and group size.</param>
    /// <param name="maxProduct">The largest Σ|c·m| of a row.</param>
    public RowQuantizer(int columns, QuantizedFormat format, long maxProduct)
    {
        (_format, _maxProduct, _groups) = (format, maxProduct, format.GroupsIn(columns));
        _weights = new float[_groups * format.GroupSize];
        _largest = new float[_groups];
        _smallestScale = new float[_groups];
        _largestScale = new float[_groups];
        _multipliers = new int[_groups];
        _best = new int[_groups];
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
    public float Quantize(ReadOnlySpan<float> weights, Span<sbyte> codes, Span<byte> multipliers)
    {
        codes.Clear();
        multipliers.Clear();
        int exponent = Normalise(weights);
        if (exponent == int.MinValue)
        {
            return 0;
        }

        float scale = FindScale();
        int limit = MaxMultiplier;
        while (true)
        {
            float rounded = _format.ScaleFrom((float)Math.ScaleB(scale, exponent));
            if (rounded == 0 || !float.IsFinite(rounded))
            {
                // Below the subnormals there is nothing to store.
                return 0;
            }

            // What is stored is what codes are rounded for, also where the stored scale is subnormal.
            float stored = (float)Math.ScaleB((double)rounded, -exponent);
            long product = Emit(stored, codes, multipliers);
            if (product <= _maxProduct)
            {
                return rounded;
            }

            // Fewer and coarser multipliers: codes stay, products shrink.
            int lower = Math.Max(1, Math.Min(limit - 1, (int)(limit * _maxProduct / product)));
            scale = scale * limit / lower;
            limit = lower;
            ChooseMultipliers(scale, limit);
        }
    }

    /// <summary>
    /// Copies the row, multiplied by a power of two, and returns the exponent to undo that; int.MinValue for
    /// zeros.
    /// </summary>
    private int Normalise(ReadOnlySpan<float> weights)
    {
        float largest = 0;
        foreach (float weight in weights)
        {
            largest = Math.Max(largest, Math.Abs(weight));
        }

        if (largest == 0)
        {
            return int.MinValue;
        }

        int exponent = Math.ILogB(largest);
        double factor = Math.ScaleB(1, -exponent);
        for (int i = 0; i < weights.Length; i++)
        {
            _weights[i] = (float)(weights[i] * factor);
        }

        for (int group = 0; group < _groups; group++)
        {
            FindRange(group);
        }

        return exponent;
    }

    /// <summary>
    /// The scales between which a group's best one lies: clipping as much as may pay, and clipping nothing.
    /// </summary>
    private void FindRange(int group)
    {
        float lowest = 0, highest = 0;
        foreach (float weight in Group(group))
        {
            lowest = Math.Min(lowest, weight);
            highest = Math.Max(highest, weight);
        }

        _largest[group] = Math.Max(-lowest, highest);
        _largestScale[group] = Math.Max(lowest / MinCode, highest / MaxCode);
        _smallestScale[group] = LeastClipping * _largest[group] / -MinCode;
    }

    /// <summary>Chooses the row scale, and the multipliers that go with it.</summary>
    private float FindScale()
    {
        float largest = 0;
        for (int group = 0; group < _groups; group++)
        {
            largest = Math.Max(largest, BestScale(group));
        }

        float scale = largest / MaxMultiplier;
        float error = ChooseMultipliers(scale, MaxMultiplier);
        for (int round = 0; round < 2; round++)
        {
            float refitted = Refit(scale);
            _multipliers.CopyTo(_best, 0);
            float refittedError = ChooseMultipliers(refitted, MaxMultiplier);
            if (!(refittedError < error))
            {
                _best.CopyTo(_multipliers, 0);
                break;
            }

            (scale, error) = (refitted, refittedError);
        }

        return scale;
    }

    private float BestScale(int group)
    {
        float best = 0, bestError = float.PositiveInfinity;
        if (_largest[group] == 0)
        {
            return 0;
        }

        for (int step = 0; step <= GridSteps; step++)
        {
            float scale = _largestScale[group] + ((_smallestScale[group] - _largestScale[group]) * step / GridSteps);
            float error = Error(Group(group), scale);
            if (error < bestError)
            {
                (best, bestError) = (scale, error);
            }
        }

        return best;
    }

    /// <summary>Gives every group the multiplier of least error, and returns the sum of errors.</summary>
    private float ChooseMultipliers(float scale, int limit)
    {
        float sum = 0;
        for (int group = 0; group < _groups; group++)
        {
            int first = Math.Clamp((int)(_smallestScale[group] / scale), 0, limit);
            int last = Math.Clamp((int)(_largestScale[group] / scale) + 1, 0, limit);
            (int best, float bestError) = (0, float.PositiveInfinity);
            for (int multiplier = first; multiplier <= last; multiplier++)
            {
                float error = Error(Group(group), scale * multiplier);
                if (error < bestError)
                {
                    (best, bestError) = (multiplier, error);
                }
            }

            _multipliers[group] = best;
            sum += bestError;
        }

        return sum;
    }

    /// <summary>
    /// The row scale of least squared error for the multipliers and codes that stand: Σ w·(m·c) ÷ Σ (m·c)².
    /// </summary>
    private float Refit(float scale)
    {
        double numerator = 0, denominator = 0;
        for (int group = 0; group < _groups; group++)
        {
            int multiplier = _multipliers[group];
            float inverse = Inverse(scale * multiplier);
            foreach (float weight in Group(group))
            {
                float product = Code(weight, inverse) * multiplier;
                numerator += (double)weight * product;
                denominator += (double)product * product;
            }
        }

        return denominator > 0 ? (float)(numerator / denominator) : scale;
    }

    /// <summary>Writes the codes of the multipliers that stand, and returns Σ|c·m|.</summary>
    private long Emit(float scale, Span<sbyte> codes, Span<byte> multipliers)
    {
        long product = 0;
        for (int group = 0; group < _groups; group++)
        {
            int start = group * _format.GroupSize;
            int end = Math.Min(start + _format.GroupSize, codes.Length);
            float inverse = Inverse(scale * _multipliers[group]);
            long sum = 0;
            for (int k = start; k < end; k++)
            {
                codes[k] = (sbyte)Code(_weights[k], inverse);
                sum += Math.Abs((int)codes[k]);
            }

            // A group of zeros has one form.
            multipliers[group] = sum == 0 ? (byte)0 : (byte)_multipliers[group];
            product += sum * _multipliers[group];
        }

        return product;
    }

    /// <summary>The squared error of a group at a scale.</summary>
    private float Error(ReadOnlySpan<float> weights, float scale)
    {
        Vector256<float> step = Vector256.Create(scale), inverse = Vector256.Create(Inverse(scale));
        Vector256<float> min = Vector256.Create((float)MinCode), max = Vector256.Create((float)MaxCode);
        Vector256<float> sum = Vector256<float>.Zero;
        for (int i = 0; i < weights.Length; i += Vector256<float>.Count)
        {
            Vector256<float> weight = Vector256.Create(weights[i..]);
            Vector256<float> code = Vector256.Round(weight * inverse);
            code = Vector256.Min(Vector256.Max(code, min), max);
            Vector256<float> error = weight - (code * step);
            sum += error * error;
        }

        // One order, whatever a library may choose for sums across lanes.
        Vector128<float> half = sum.GetLower() + sum.GetUpper();
        return (half[0] + half[2]) + (half[1] + half[3]);
    }

    private float Code(float weight, float inverse) =>
        Math.Min(Math.Max(MathF.Round(weight * inverse), MinCode), MaxCode);

    // A scale of 0 gives codes of 0.
    private static float Inverse(float scale) => scale > 0 ? 1 / scale : 0;

    private ReadOnlySpan<float> Group(int group) => _weights.AsSpan(group * _format.GroupSize, _format.GroupSize);
}
