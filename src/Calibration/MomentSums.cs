using Flightc.Numerics;

namespace Flightc.Calibration;

/// <summary>Sums over tokens that become statistics, by the names of tensors.</summary>
/// <remarks>Windows have to be added in order: sums are binary32 and their bits depend on it.</remarks>
/// <param name="threads">The most threads to use; -1 for as many as there are processors.</param>
internal sealed class MomentSums(int threads)
{
    private readonly Dictionary<string, float[]> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _halves = new(StringComparer.Ordinal);

    /// <summary>What was summed, by name.</summary>
    public IReadOnlyDictionary<string, float[]> Tensors => _tensors;

    /// <summary>Adds <c>Σ x·xᵀ</c>; what is above the diagonal is there when it is scaled.</summary>
    /// <param name="name">Of the tensor.</param>
    /// <param name="x">(T, K)</param>
    /// <param name="columns">K</param>
    public void AddMoment(string name, float[] x, int columns)
    {
        _halves[name] = columns;
        MatrixProduct.AddLowerGram(x, Sum(name, checked(columns * columns)), x.Length / columns, columns, threads);
    }

    /// <summary>Adds the diagonal of <c>Σ x·xᵀ</c>.</summary>
    /// <param name="name">Of the tensor.</param>
    /// <param name="x">(T, K)</param>
    /// <param name="columns">K</param>
    public void AddSquares(string name, float[] x, int columns)
    {
        float[] sum = Sum(name, columns);
        for (int start = 0; start < x.Length; start += columns)
        {
            for (int i = 0; i < columns; i++)
            {
                sum[i] = MathF.FusedMultiplyAdd(x[start + i], x[start + i], sum[i]);
            }
        }
    }

    /// <summary>Takes the maximum with the largest |x| of each column.</summary>
    /// <param name="name">Of the tensor.</param>
    /// <param name="x">(T, K)</param>
    /// <param name="columns">K</param>
    public void TakeLargest(string name, float[] x, int columns)
    {
        float[] largest = Sum(name, columns);
        for (int start = 0; start < x.Length; start += columns)
        {
            VectorRows.TakeLargest(x.AsSpan(start, columns), largest);
        }
    }

    /// <summary>Sets the share of all tokens that each id is.</summary>
    /// <param name="name">Of the tensor.</param>
    /// <param name="windows">All windows.</param>
    /// <param name="vocabulary">Number of ids.</param>
    public void SetShares(string name, IReadOnlyList<int[]> windows, int vocabulary)
    {
        long[] counts = new long[vocabulary];
        long tokens = 0;
        foreach (int[] window in windows)
        {
            tokens += window.Length;
            foreach (int id in window)
            {
                counts[id]++;
            }
        }

        _tensors[name] = [.. counts.Select(count => (float)((double)count / tokens))];
    }

    /// <summary>Multiplies a sum; what was never added is left out.</summary>
    public void Scale(string name, double factor)
    {
        Span<float> sum = _tensors[name];
        for (int i = 0; i < sum.Length; i++)
        {
            sum[i] = (float)(sum[i] * factor);
        }

        if (_halves.TryGetValue(name, out int columns))
        {
            MatrixProduct.Mirror(sum, columns);
        }
    }

    private float[] Sum(string name, int length)
    {
        if (!_tensors.TryGetValue(name, out float[]? sum))
        {
            _tensors.Add(name, sum = new float[length]);
        }

        return sum;
    }
}
