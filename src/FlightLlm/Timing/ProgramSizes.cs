namespace Flightc.FlightLlm;

/// <summary>Bytes of programs.</summary>
public static class ProgramSizes
{
    /// <summary>Bytes of a program with these numbers of instructions.</summary>
    /// <param name="words">Words of an instruction.</param>
    /// <param name="counts">Instructions of each unit, in the order of <see cref="PublishedUnit"/>.</param>
    public static long Bytes(PublishedWords words, IReadOnlyList<long> counts) => 4 * (
        (words.Load * counts[(int)PublishedUnit.Load]) + (words.Store * counts[(int)PublishedUnit.Store])
        + (words.Matrix * (counts[(int)PublishedUnit.Mm] + counts[(int)PublishedUnit.Mv]))
        + (words.Special * counts[(int)PublishedUnit.Misc]) + (words.System * counts[(int)PublishedUnit.Sys]));
}
