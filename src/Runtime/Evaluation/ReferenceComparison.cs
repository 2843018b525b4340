using Flightc.Numerics;

namespace Flightc.Runtime.Evaluation;

/// <summary>How an evaluated model q differs from the reference p on the same tokens.</summary>
/// <remarks>
/// Tokens of one record are not independent, so standard errors take the records as clusters: see
/// <see cref="ClusteredMean"/>. Text of a single record is clustered by windows; with a single window no error
/// can be stated.
/// </remarks>
/// <param name="Reference">The reference.</param>
/// <param name="ReferencePerplexity">Perplexity of the reference.</param>
/// <param name="PerplexityDelta">Relative: perplexity ÷ that of the reference - 1.</param>
/// <param name="PerplexityDeltaSe">Standard error of it, from the paired differences of -ln q and -ln p by
/// the delta method; null for a single cluster.</param>
/// <param name="KlMean">Mean of KL(p || q) in nats.</param>
/// <param name="KlSe">Its standard error; null for a single cluster.</param>
/// <param name="Top1Agreement">Share of the tokens where both would choose the same.</param>
/// <param name="Clusters">What standard errors were clustered by: <c>record</c> or <c>window</c>.</param>
/// <param name="ClusterCount">How many clusters there were.</param>
public sealed record ReferenceComparison(
    string Reference, double ReferencePerplexity, double PerplexityDelta, double? PerplexityDeltaSe,
    double KlMean, double? KlSe, double Top1Agreement,
    string Clusters, int ClusterCount)
{
    internal static ReferenceComparison Of(
        string reference, ScoreSums all, IReadOnlyList<ScoreSums> clusters, string clusteredBy)
    {
        ClusteredMean loss = ClusteredMean.Of(clusters, c => c.LogLoss - c.ReferenceLogLoss);
        ClusteredMean divergence = ClusteredMean.Of(clusters, c => c.Divergence);
        double ratio = PortableMath.Exp(loss.Mean);
        return new ReferenceComparison(
            reference,
            PortableMath.Exp(all.ReferenceLogLoss / all.Tokens),
            ratio - 1,
            ratio * loss.StandardError,
            divergence.Mean,
            divergence.StandardError,
            (double)all.Agreements / all.Tokens,
            clusteredBy,
            clusters.Count);
    }
}
