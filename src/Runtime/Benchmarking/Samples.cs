namespace Flightc.Runtime.Benchmarking;

/// <summary>The same measured several times.</summary>
/// <param name="Values">At least one, in the order of measuring.</param>
public sealed record Samples(IReadOnlyList<double> Values)
{
    /// <summary>The middle one, or the mean of the two in the middle.</summary>
    public double Median
    {
        get
        {
            double[] sorted = [.. Values.Order()];
            int middle = sorted.Length / 2;
            return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        }
    }

    /// <summary>The smallest.</summary>
    public double Min => Values.Min();

    /// <summary>The largest.</summary>
    public double Max => Values.Max();

    /// <summary>(Largest - smallest) ÷ median: how much the machine varied.</summary>
    public double Spread => (Max - Min) / Median;
}
