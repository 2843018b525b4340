namespace Flightc.Backend.Lengths;

/// <summary>How a program serves sequences of all lengths: docs/lengths.md.</summary>
public enum LengthPlan
{
    /// <summary>One program for all lengths, with loops and length registers.</summary>
    Registers,

    /// <summary>
    /// A program for every bucket of lengths, without loops; registers say where a step lies, not how large it
    /// is.
    /// </summary>
    Bucketed,

    /// <summary>A program for every length, without loops and registers.</summary>
    Naive,
}
