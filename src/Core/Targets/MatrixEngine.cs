namespace Flightc.Targets;

/// <summary>The array of multipliers of one core. In a step of one token all of it works on that token.</summary>
/// <param name="Tokens">M: tokens at once when there are many.</param>
/// <param name="Columns">K: columns summed at once.</param>
/// <param name="Rows">N: rows of the weights at once.</param>
/// <param name="MacsPerDsp">INT8 products that one DSP block makes in a cycle: two with a common factor on a DSP48, up to three
/// that are summed on a DSP58.</param>
public sealed record MatrixEngine(int Tokens, int Columns, int Rows, int MacsPerDsp)
{
    /// <summary>Multiply-accumulates per cycle: M · K · N.</summary>
    public int MacsPerCycle => Tokens * Columns * Rows;

    /// <summary>DSP blocks of the array: M · N · ⌈K ÷ <see cref="MacsPerDsp"/>⌉, as no sum goes through half a block.</summary>
    public int DspBlocks => Tokens * Rows * ((Columns + MacsPerDsp - 1) / MacsPerDsp);
}
