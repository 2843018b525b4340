using Flightc.Runtime.Devices;

namespace Flightc.Runtime.Benchmarking;

/// <summary>Bytes that a decode step moves, on average over the steps that were counted.</summary>
/// <param name="Weights">Of the weight streams.</param>
/// <param name="CacheRead">Keys, values and their scales of earlier tokens.</param>
/// <param name="CacheWritten">Keys, values and their scales of the token.</param>
/// <param name="Tables">Vectors, positions, rows of the embedding, ids, and the logits.</param>
public readonly record struct TokenBytes(double Weights, double CacheRead, double CacheWritten, double Tables)
{
    /// <summary>All of them.</summary>
    public double Total => Weights + CacheRead + CacheWritten + Tables;

    /// <summary>What one step moved.</summary>
    internal static TokenBytes Of(TrafficReport traffic) => new(
        traffic.Channels.Sum(c => c.Weights), traffic.Channels.Sum(c => c.Cache),
        traffic.Channels.Sum(c => c.StoredCache + c.StoredScales), traffic.Tables + traffic.Ids + traffic.Indexed + traffic.StoredRows);

    /// <summary>The mean of several.</summary>
    internal static TokenBytes Mean(IReadOnlyList<TokenBytes> steps) => new(
        steps.Average(s => s.Weights), steps.Average(s => s.CacheRead), steps.Average(s => s.CacheWritten), steps.Average(s => s.Tables));
}
