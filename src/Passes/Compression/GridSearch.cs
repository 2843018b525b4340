using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Flightc.IR;
using Flightc.Numerics;

namespace Flightc.Passes.Compression;

/// <summary>
/// Finds the row scale and the multipliers of rows: every group's step is searched from clipping much to clipping nothing for the least
/// error, each weight's counted by the diagonal of the input moment.
/// </summary>
internal sealed class GridSearch
{
    private const int Steps = 40;

    // The largest magnitude is met by the largest code times this at one end, and by this share of it at the other.
    private const float WidestStep = 1.06f;
    private const float NarrowestStep = 0.36f;

    private readonly CodeGrid _grid;
    private readonly float[] _importance;
    private readonly int _limit;

    /// <param name="grid">Gets scales and multipliers; says what is kept.</param>
    /// <param name="importance">(K) not negative.</param>
    /// <param name="limit">The largest multiplier, 1 … 63.</param>
    public GridSearch(CodeGrid grid, float[] importance, int limit) => (_grid, _importance, _limit) = (grid, importance, limit);

    /// <summary>Finds scale and multipliers of a row.</summary>
    /// <param name="row">Its number.</param>
    /// <param name="values">(K): what codes are to stand for; those that are not kept are not looked at.</param>
    public void Fit(int row, ReadOnlySpan<float> values)
    {
        QuantizedFormat format = _grid.Format;
        Span<float> steps = stackalloc float[_grid.Groups];
        Span<float> group = stackalloc float[format.GroupSize];
        Span<float> importance = stackalloc float[format.GroupSize];
        float largest = 0;
        for (int g = 0; g < _grid.Groups; g++)
        {
            Gather(row, g, values, group, importance);
            steps[g] = BestStep(group, importance);
            largest = Math.Max(largest, steps[g]);
        }

        float scale = format.ScaleFrom(largest / _limit);
        _grid.Scales[row] = float.IsNormal(scale) ? scale : 0;
        for (int g = 0; g < _grid.Groups; g++)
        {
            int multiplier = _grid.Scales[row] == 0 ? 0 : (int)MathF.Round(steps[g] / scale);
            _grid.Multipliers[(row * _grid.Groups) + g] = (byte)Math.Clamp(multiplier, steps[g] > 0 ? 1 : 0, _limit);
        }
    }

    // Padded with zeros, which have no error.
    private void Gather(int row, int group, ReadOnlySpan<float> values, Span<float> kept, Span<float> importance)
    {
        kept.Clear();
        importance.Clear();
        int start = group * _grid.Format.GroupSize;
        for (int k = start; k < Math.Min(_grid.Columns, start + _grid.Format.GroupSize); k++)
        {
            if (_grid.IsKept(row, k))
            {
                (kept[k - start], importance[k - start]) = (values[k], _importance[k]);
            }
        }
    }

    private float BestStep(Span<float> values, ReadOnlySpan<float> importance)
    {
        float largest = 0;
        foreach (float value in values)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        if (!float.IsNormal(largest / -_grid.MinCode))
        {
            return 0;
        }

        // Magnitudes of 1 … 2, whose squares neither overflow nor vanish.
        int exponent = Math.ILogB(largest);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = MathF.ScaleB(values[i], -exponent);
        }

        float full = MathF.ScaleB(largest, -exponent) / -_grid.MinCode;
        float best = full, bestError = float.PositiveInfinity;
        for (int i = 0; i <= Steps; i++)
        {
            float step = full * (WidestStep - ((WidestStep - NarrowestStep) * i / Steps));
            float error = Error(values, importance, step);
            if (error < bestError)
            {
                (best, bestError) = (step, error);
            }
        }

        return MathF.ScaleB(best, exponent);
    }

    private float Error(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, float step)
    {
        ref float value = ref MemoryMarshal.GetReference(values);
        ref float weight = ref MemoryMarshal.GetReference(importance);
        Vector512<float> inverse = Vector512.Create(1 / step), width = Vector512.Create(step);
        Vector512<float> min = Vector512.Create((float)_grid.MinCode), max = Vector512.Create((float)_grid.MaxCode);
        Vector512<float> sum = Vector512<float>.Zero;
        for (int i = 0; i < values.Length; i += Vector512<float>.Count)
        {
            Vector512<float> v = Vector512.LoadUnsafe(ref value, (nuint)i);
            Vector512<float> code = Vector512.Min(Vector512.Max(Vector512.Round(v * inverse), min), max);
            Vector512<float> error = v - (code * width);
            sum += error * error * Vector512.LoadUnsafe(ref weight, (nuint)i);
        }

        return VectorRows.SumOfLanes(sum);
    }
}
