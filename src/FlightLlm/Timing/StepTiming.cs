namespace Flightc.FlightLlm;

/// <summary>The time of one inference, and what it was spent on.</summary>
/// <param name="Seconds">From the first instruction to the end of the last.</param>
/// <param name="Counts">Instructions of each unit of the first core, in the order of <see cref="PublishedUnit"/>.</param>
/// <param name="BusySeconds">Time that each unit of the first core was busy.</param>
/// <param name="WeightBytes">Bytes of weights from HBM, all cores.</param>
/// <param name="CacheBytes">Bytes of keys and values.</param>
/// <param name="OtherBytes">Bytes of activations, operands and biases.</param>
/// <param name="InstructionBytes">Bytes of the programs of all cores.</param>
public sealed record StepTiming(
    double Seconds, IReadOnlyList<long> Counts, IReadOnlyList<double> BusySeconds, double WeightBytes, double CacheBytes,
    double OtherBytes, double InstructionBytes)
{
    /// <summary>Instructions of the first core.</summary>
    public long Instructions => Counts.Sum();

    /// <summary>Bytes through HBM: all but the programs, which the U280 machine keeps in DDR.</summary>
    public double HbmBytes => WeightBytes + CacheBytes + OtherBytes;
}
