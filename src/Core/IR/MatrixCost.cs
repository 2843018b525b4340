namespace Flightc.IR;

/// <summary>What a quantised matrix takes of memory, estimated, in bytes.</summary>
/// <param name="Kept">Codes, multipliers and scales, for as long as somebody needs them.</param>
/// <param name="Working">What is needed beside that, only while it is made.</param>
public readonly record struct MatrixCost(long Kept, long Working)
{
    /// <summary>While it is made.</summary>
    public long Total => Kept + Working;
}
