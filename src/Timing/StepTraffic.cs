namespace Flightc.Timing;

/// <summary>Bytes that all memories moved in a step, by what they were.</summary>
/// <param name="Weights">HBM: codes of weights, and the padding of streams to whole pages.</param>
/// <param name="Scales">HBM: tile headers, multipliers and row scales.</param>
/// <param name="Indices">HBM: masks and column indices of sparse blocks.</param>
/// <param name="CacheRead">HBM: keys and values with their scales.</param>
/// <param name="CacheWritten">HBM: the step's own keys and values with their scales.</param>
/// <param name="Tables">DDR: rows of tables.</param>
/// <param name="Instructions">DDR: instruction words.</param>
/// <param name="IdsAndLogits">DDR: token ids read, logits written.</param>
public readonly record struct StepTraffic(
    long Weights, long Scales, long Indices, long CacheRead, long CacheWritten, long Tables, long Instructions,
    long IdsAndLogits)
{
    /// <summary>Bytes of HBM.</summary>
    public long Hbm => Weights + Scales + Indices + CacheRead + CacheWritten;

    /// <summary>Bytes of DDR.</summary>
    public long Ddr => Tables + Instructions + IdsAndLogits;

    /// <summary>The sums, class by class.</summary>
    public static StepTraffic operator +(StepTraffic left, StepTraffic right) => new(
        left.Weights + right.Weights, left.Scales + right.Scales, left.Indices + right.Indices,
        left.CacheRead + right.CacheRead, left.CacheWritten + right.CacheWritten, left.Tables + right.Tables,
        left.Instructions + right.Instructions, left.IdsAndLogits + right.IdsAndLogits);
}
