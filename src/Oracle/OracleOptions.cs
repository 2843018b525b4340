namespace Flightc.Oracle;

/// <summary>How an oracle is to execute a model.</summary>
/// <param name="Threads">Threads within an operator; results of float sums may depend on it, so it is stated.</param>
/// <param name="Rewrites">What it may change of the model before it runs.</param>
public sealed record OracleOptions(int Threads = 1, OracleRewrites Rewrites = OracleRewrites.All)
{
    /// <summary>One thread, all rewrites.</summary>
    public static OracleOptions Default { get; } = new();
}
