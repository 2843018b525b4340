namespace Flightc.Cli.Images;

/// <summary>Instructions of one entry of the program.</summary>
/// <param name="Name"><c>decode</c> or <c>prefill</c>.</param>
/// <param name="Bytes">Encoded.</param>
/// <param name="ByUnit">Instructions of all cores, by the name of their unit.</param>
internal sealed record EntryFacts(string Name, long Bytes, IReadOnlyList<(string Unit, int Count)> ByUnit)
{
    /// <summary>All instructions.</summary>
    public int Instructions => ByUnit.Sum(u => u.Count);
}
