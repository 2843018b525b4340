namespace Flightc.Cli.Allocating;

/// <summary>What a model's weights take, scales and padding included.</summary>
/// <param name="Weights">All sections that hold weights, as <c>weight_bytes</c> of an image.</param>
/// <param name="Hbm">The weight streams alone.</param>
internal readonly record struct StoredBytes(long Weights, long Hbm)
{
    /// <summary>The bytes that a budget counts.</summary>
    public long For(BudgetKind kind) => kind == BudgetKind.Bits ? Weights : Hbm;
}
