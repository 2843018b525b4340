namespace Flightc.Cli.Images;

/// <summary>How evenly the weight streams fill the memory channels.</summary>
/// <param name="Least">Bytes of the shortest stream.</param>
/// <param name="Most">Bytes of the longest stream.</param>
/// <param name="Mean">Mean over the channels.</param>
internal sealed record BankFacts(long Least, long Most, double Mean)
{
    /// <summary>By which fraction the longest stream exceeds the mean: decoding waits for it.</summary>
    public double Imbalance => Mean == 0 ? 0 : (Most / Mean) - 1;
}
