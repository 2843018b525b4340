using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Flightc.Passes.Migration;

/// <summary>Each feature's weights times a factor of its own, its activations divided by it.</summary>
/// <param name="factors">(n), positive and finite.</param>
internal sealed class Scaling(double[] factors) : FeatureChange
{
    /// <summary>What weights are multiplied by, (n).</summary>
    public IReadOnlyList<double> Factors => factors;

    /// <inheritdoc/>
    public override void AppendTo(IncrementalHash hash)
    {
        hash.AppendData("scaling"u8);
        hash.AppendData(MemoryMarshal.AsBytes(factors.AsSpan()));
    }

    /// <inheritdoc/>
    public override void OfWeights(Span<double> weights)
    {
        for (int k = 0; k < weights.Length; k++)
        {
            weights[k] *= factors[k];
        }
    }

    /// <inheritdoc/>
    public override void OfActivations(Span<double> values)
    {
        for (int k = 0; k < values.Length; k++)
        {
            values[k] /= factors[k];
        }
    }

    /// <inheritdoc/>
    public override float[] OfMoment(float[] moment, int size, int threads)
    {
        float[] result = new float[moment.Length];
        for (int row = 0; row < size; row++)
        {
            for (int k = 0; k < size; k++)
            {
                result[(row * size) + k] = (float)(moment[(row * size) + k] / (factors[row] * factors[k]));
            }
        }

        return result;
    }

    /// <inheritdoc/>
    public override float[] OfDiagonal(float[] diagonal) => [.. diagonal.Select((d, k) => (float)(d / (factors[k] * factors[k])))];

    /// <inheritdoc/>
    public override float[] OfLargest(float[] largest, float[] changed, long tokens) => [.. largest.Select((x, k) => (float)(x / factors[k]))];
}
