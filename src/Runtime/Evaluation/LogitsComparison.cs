using System.Numerics;
using System.Runtime.Intrinsics;
using Flightc.Numerics;
using Flightc.Runtime.Generation;

namespace Flightc.Runtime.Evaluation;

/// <summary>
/// Scores of one token from rows of logits, in binary64, with sums whose order is that of eight lanes on
/// every platform.
/// </summary>
internal static class LogitsComparison
{
    private const int Lanes = 8;

    /// <summary>Scores the token that follows by one model.</summary>
    /// <param name="logits">Finite.</param>
    /// <param name="next">The token that follows.</param>
    public static ScoreSums Score(ReadOnlySpan<float> logits, int next) =>
        new(1, LogSum(logits, out double largest) + (largest - logits[next]), 0, 0, 0);

    /// <summary>Scores the token that follows by one model, and compares the model with another.</summary>
    /// <param name="logits">Of the evaluated model q; finite.</param>
    /// <param name="reference">Of the reference p; as many, finite.</param>
    /// <param name="next">The token that follows.</param>
    public static ScoreSums Compare(ReadOnlySpan<float> logits, ReadOnlySpan<float> reference, int next)
    {
        double logSum = LogSum(logits, out double largest);
        double referenceLogSum = LogSums(
            reference, logits, largest, out double referenceLargest, out double meanDifference);

        // KL = Σ p (ln p - ln q), and ln p is a logit minus the largest minus the logarithm of the sum.
        double divergence = meanDifference - (referenceLogSum - logSum);
        return new ScoreSums(
            1, logSum + (largest - logits[next]), referenceLogSum + (referenceLargest - reference[next]), divergence,
            Sampler.Greedy(logits) == Sampler.Greedy(reference) ? 1 : 0);
    }

    /// <summary><c>ln Σ e^(x - max x)</c>.</summary>
    private static double LogSum(ReadOnlySpan<float> x, out double largest)
    {
        largest = Largest(x);
        Vector256<double> shift = Vector256.Create(largest);
        Vector256<double> low = default;
        Vector256<double> high = default;
        int i = 0;
        for (; i <= x.Length - Lanes; i += Lanes)
        {
            (Vector256<double> a, Vector256<double> b) = Vector256.Widen(Vector256.Create(x.Slice(i, Lanes)));
            low += PortableMath.Exp(a - shift);
            high += PortableMath.Exp(b - shift);
        }

        double rest = 0;
        for (; i < x.Length; i++)
        {
            rest += PortableMath.Exp(x[i] - largest);
        }

        return PortableMath.Log(Total(low, high) + rest);
    }

    /// <summary>As <see cref="LogSum"/> of p, and the mean by p of <c>(p - max p) - (q - max q)</c>.</summary>
    private static double LogSums(
        ReadOnlySpan<float> p, ReadOnlySpan<float> q, double qLargest, out double pLargest,
        out double meanDifference)
    {
        pLargest = Largest(p);
        Vector256<double> pShift = Vector256.Create(pLargest);
        Vector256<double> qShift = Vector256.Create(qLargest);
        Vector256<double> low = default, high = default, lowDifference = default, highDifference = default;
        int i = 0;
        for (; i <= p.Length - Lanes; i += Lanes)
        {
            (Vector256<double> pLow, Vector256<double> pHigh) = Vector256.Widen(Vector256.Create(p.Slice(i, Lanes)));
            (Vector256<double> qLow, Vector256<double> qHigh) = Vector256.Widen(Vector256.Create(q.Slice(i, Lanes)));
            Vector256<double> weight = PortableMath.Exp(pLow - pShift);
            low += weight;
            lowDifference += weight * ((pLow - pShift) - (qLow - qShift));
            weight = PortableMath.Exp(pHigh - pShift);
            high += weight;
            highDifference += weight * ((pHigh - pShift) - (qHigh - qShift));
        }

        double rest = 0;
        double restDifference = 0;
        for (; i < p.Length; i++)
        {
            double weight = PortableMath.Exp(p[i] - pLargest);
            rest += weight;
            restDifference += weight * ((p[i] - pLargest) - (q[i] - qLargest));
        }

        double sum = Total(low, high) + rest;
        meanDifference = (Total(lowDifference, highDifference) + restDifference) / sum;
        return PortableMath.Log(sum);
    }

    private static float Largest(ReadOnlySpan<float> x)
    {
        float largest = float.NegativeInfinity;
        int i = 0;
        if (x.Length >= Vector<float>.Count)
        {
            // The maximum is exact, so the number of lanes does not matter.
            Vector<float> lanes = new(x);
            for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count)
            {
                lanes = Vector.Max(lanes, new Vector<float>(x[i..]));
            }

            for (int lane = 0; lane < Vector<float>.Count; lane++)
            {
                largest = Math.Max(largest, lanes[lane]);
            }
        }

        for (; i < x.Length; i++)
        {
            largest = Math.Max(largest, x[i]);
        }

        return largest;
    }

    private static double Total(Vector256<double> low, Vector256<double> high)
    {
        Vector256<double> sum = low + high;
        return (sum[0] + sum[1]) + (sum[2] + sum[3]);
    }
}
