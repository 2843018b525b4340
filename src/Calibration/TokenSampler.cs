using Flightc.Numerics;

namespace Flightc.Calibration;

/// <summary>Draws tokens from a model's predictions, and gives the derivatives of their negative logarithms.</summary>
/// <remarks>What is drawn is a function of seed, window, draw and position alone, so that segments and threads change nothing.</remarks>
/// <param name="seed">Of all draws.</param>
internal sealed class TokenSampler(ulong seed)
{
    /// <summary>
    /// The gradient of <c>-log p(y)</c> by the logits, <c>p - onehot(y)</c>, for a y drawn from p at every position.
    /// </summary>
    /// <param name="logits">(T, V)</param>
    /// <param name="tokens">T</param>
    /// <param name="window">Number of the window.</param>
    /// <param name="draw">Number of the draw.</param>
    /// <param name="threads">The most threads to use.</param>
    public float[] Gradient(float[] logits, int tokens, int window, int draw, int threads)
    {
        float[] gradient = (float[])logits.Clone();
        int vocabulary = logits.Length / tokens;
        Parallel.For(0, tokens, new ParallelOptions { MaxDegreeOfParallelism = threads }, t =>
        {
            Span<float> row = gradient.AsSpan(t * vocabulary, vocabulary);
            Softmax(row);
            row[Choose(row, Uniform(window, draw, t))] -= 1;
        });
        return gradient;
    }

    private static void Softmax(Span<float> row)
    {
        float largest = float.NegativeInfinity;
        foreach (float value in row)
        {
            largest = MathF.Max(largest, value);
        }

        PortableExp.Replace(row, largest);
        double sum = 0;
        foreach (float value in row)
        {
            sum += value;
        }

        float inverse = (float)(1 / sum);
        for (int i = 0; i < row.Length; i++)
        {
            row[i] *= inverse;
        }
    }

    // The last token takes what rounding leaves of 1, unless it cannot be.
    private static int Choose(ReadOnlySpan<float> probabilities, double uniform)
    {
        double sum = 0;
        int last = 0;
        for (int i = 0; i < probabilities.Length; i++)
        {
            sum += probabilities[i];
            last = probabilities[i] > 0 ? i : last;
            if (sum > uniform)
            {
                return i;
            }
        }

        return last;
    }

    private double Uniform(int window, int draw, int position) =>
        (SplitMix64.At(SplitMix64.At(SplitMix64.At(seed, (ulong)window), (ulong)draw), (ulong)position) >> 11) * (1.0 / (1UL << 53));
}
