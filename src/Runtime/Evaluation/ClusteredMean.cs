namespace Flightc.Runtime.Evaluation;

/// <summary>A mean over tokens, and its standard error where the tokens of a cluster are not independent.</summary>
/// <remarks>
/// Over clusters with sums X of n tokens each: <c>x̄ = Σ X ÷ Σ n</c> and <c>se² = G ÷ (G - 1) · Σ (X - x̄ n)² ÷ (Σ n)²</c>,
/// G the number of clusters (the linearised variance of a ratio: Cochran, Sampling Techniques, §6). Where X are
/// differences on the same tokens, it is the error of a paired difference.
/// </remarks>
/// <param name="Mean">x̄.</param>
/// <param name="StandardError">se; null for a single cluster.</param>
public readonly record struct ClusteredMean(double Mean, double? StandardError)
{
    /// <summary>The mean of what clusters add up to.</summary>
    /// <param name="clusters">At least one token in all; summed in this order.</param>
    /// <param name="sum">X of a cluster.</param>
    public static ClusteredMean Of(IReadOnlyList<ScoreSums> clusters, Func<ScoreSums, double> sum) =>
        Of([.. clusters.Select(c => (sum(c), c.Tokens))]);

    internal static ClusteredMean Of(IReadOnlyList<(double Sum, long Tokens)> clusters)
    {
        double tokens = clusters.Sum(c => c.Tokens);
        double mean = clusters.Sum(c => c.Sum) / tokens;
        if (clusters.Count < 2)
        {
            return new ClusteredMean(mean, null);
        }

        double squares = 0;
        foreach ((double sum, long count) in clusters)
        {
            double residual = sum - (mean * count);
            squares += residual * residual;
        }

        double g = clusters.Count;
        return new ClusteredMean(mean, Math.Sqrt(g / (g - 1) * squares) / tokens);
    }
}
