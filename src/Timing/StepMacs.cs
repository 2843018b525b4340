namespace Flightc.Timing;

/// <summary>INT8 multiply-accumulates of a step.</summary>
/// <param name="Weights">Of weights: whole dense blocks, kept codes of sparse ones.</param>
/// <param name="Attention">Of keys and values; probabilities are two planes, so that a value counts twice.</param>
public readonly record struct StepMacs(long Weights, long Attention)
{
    /// <summary>The sum.</summary>
    public long Total => Weights + Attention;

    /// <summary>The sums, one by one.</summary>
    public static StepMacs operator +(StepMacs left, StepMacs right) =>
        new(left.Weights + right.Weights, left.Attention + right.Attention);
}
