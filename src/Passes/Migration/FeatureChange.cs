using System.Numerics;
using System.Security.Cryptography;

namespace Flightc.Passes.Migration;

/// <summary>
/// A linear change of the features of a value that leaves what a model computes as it was: weights along the features change one way, the
/// activations and derivatives that meet them the inverse way.
/// </summary>
internal abstract class FeatureChange
{
    /// <summary>Adds everything that decides what the change does to a hash, its kind included.</summary>
    public abstract void AppendTo(IncrementalHash hash);

    /// <summary>Changes a vector of weights along the features: a row of a matrix that reads the value, a column of one that makes it.</summary>
    /// <param name="weights">(n)</param>
    public abstract void OfWeights(Span<double> weights);

    /// <summary>Changes what meets such weights: the value, or the derivative by it.</summary>
    /// <param name="values">(n)</param>
    public abstract void OfActivations(Span<double> values);

    /// <summary>The second moment of changed activations: <c>T · M · Tᵀ</c>.</summary>
    /// <param name="moment">M, (n, n), symmetric; not changed.</param>
    /// <param name="size">n</param>
    /// <param name="threads">The most threads to use; -1 for as many as there are processors.</param>
    /// <returns>(n, n), exactly symmetric.</returns>
    public virtual float[] OfMoment(float[] moment, int size, int threads)
    {
        float[] half = new float[moment.Length], result = new float[moment.Length];
        ParallelOptions limit = new() { MaxDegreeOfParallelism = threads };
        Parallel.For(0, size, limit, row => ChangeRow(i => moment[(row * size) + i], half, row));

        // The moment is symmetric, so that columns of what is done so far are changed as rows.
        Parallel.For(0, size, limit, row => ChangeRow(i => half[(i * size) + row], result, row));
        for (int row = 0; row < size; row++)
        {
            for (int k = 0; k < row; k++)
            {
                float mean = (float)((result[(row * size) + k] + (double)result[(k * size) + row]) / 2);
                result[(row * size) + k] = result[(k * size) + row] = mean;
            }
        }

        return result;

        void ChangeRow(Func<int, float> from, float[] to, int row)
        {
            double[] values = new double[size];
            for (int i = 0; i < size; i++)
            {
                values[i] = from(i);
            }

            OfActivations(values);
            for (int i = 0; i < size; i++)
            {
                to[(row * size) + i] = (float)values[i];
            }
        }
    }

    /// <summary>The diagonal of what becomes of a moment of which only the diagonal is known, as if the rest were 0.</summary>
    /// <param name="diagonal">(n); not changed.</param>
    public virtual float[] OfDiagonal(float[] diagonal)
    {
        int size = diagonal.Length;
        double[] sums = new double[size], unit = new double[size];
        for (int k = 0; k < size; k++)
        {
            Array.Clear(unit);
            unit[k] = 1;
            OfActivations(unit);
            for (int i = 0; i < size; i++)
            {
                sums[i] += diagonal[k] * unit[i] * unit[i];
            }
        }

        return Array.ConvertAll(sums, s => (float)s);
    }

    /// <summary>The largest magnitudes of changed activations.</summary>
    /// <param name="largest">(n), before; not changed.</param>
    /// <param name="changed">Their moment after the change, (n, n).</param>
    /// <param name="tokens">Tokens that it is over.</param>
    /// <remarks>What calibration did not see is estimated: as many numbers of a normal distribution reach <c>σ · √(2 ln n)</c>, and sums
    /// of many features are nearly normal. Only the search of scales looks at it.</remarks>
    public virtual float[] OfLargest(float[] largest, float[] changed, long tokens)
    {
        const double naturalLogarithmOf2 = 0.6931471805599453;
        int size = largest.Length;
        double reach = Math.Sqrt(2 * naturalLogarithmOf2 * Math.Max(1, BitOperations.Log2((ulong)Math.Max(2, tokens))));
        float[] result = new float[size];
        for (int k = 0; k < size; k++)
        {
            result[k] = (float)(reach * Math.Sqrt(Math.Max(0, changed[(k * size) + k])));
        }

        return result;
    }
}
