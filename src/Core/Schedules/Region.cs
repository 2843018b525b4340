namespace Flightc.Schedules;

/// <summary>A place in the scratch of every core. Regions may overlap where they are never alive together.</summary>
/// <param name="Name">What it holds.</param>
/// <param name="Address">Scratch address, the same on all cores.</param>
/// <param name="ElementBytes">Bytes of an element.</param>
/// <param name="Stride">Bytes between rows.</param>
/// <param name="Rows">Rows: usually the most tokens of a step.</param>
/// <param name="Slice">The partition whose slice each core holds from the start of a row; empty where every
/// core holds whole rows.</param>
/// <param name="IsPerHead">Whether a row belongs to a KV head: a step in a loop over KV heads uses its own
/// row.</param>
public sealed record Region(
    string Name, long Address, int ElementBytes, long Stride, long Rows, string Slice = "", bool IsPerHead = false)
{
    /// <summary>Bytes of all rows.</summary>
    public long Bytes => Stride * Rows;
}
