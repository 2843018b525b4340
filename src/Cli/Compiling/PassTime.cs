using System.Text.Json.Nodes;
using Flightc.Cli.Terminal;

namespace Flightc.Cli.Compiling;

/// <summary>How long a part of a compilation took.</summary>
/// <param name="Pass">Its name.</param>
/// <param name="Time">Wall time.</param>
/// <param name="Bytes">What it read or wrote; 0 where that says nothing.</param>
/// <param name="Note">More about it; empty for nothing.</param>
internal sealed record PassTime(string Pass, TimeSpan Time, long Bytes = 0, string Note = "")
{
    /// <summary>The same for machines.</summary>
    public JsonObject ToJson() => new() { ["pass"] = Pass, ["seconds"] = Time.TotalSeconds, ["bytes"] = Bytes };

    /// <summary>A line for people.</summary>
    public override string ToString()
    {
        string rate = Bytes == 0 || Time <= TimeSpan.Zero
            ? ""
            : $", {Quantity.Bytes(Bytes)}, {Quantity.Bytes((long)(Bytes / Time.TotalSeconds))}/s";
        return $"{Pass}: {Quantity.Time(Time)}{rate}{(Note.Length == 0 ? "" : $", {Note}")}";
    }
}
