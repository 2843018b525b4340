using Flightc.Diagnostics;

namespace Flightc.Settings;

/// <summary>A single value.</summary>
/// <param name="Text">As written, quotes taken off.</param>
/// <param name="IsPlain">Whether it stood without quotes; only then can it be a number.</param>
/// <param name="Location">Where it begins.</param>
internal sealed record SettingsScalar(string Text, bool IsPlain, string Location) : SettingsNode(Location)
{
    public override string InWords => IsPlain && Text.Length == 0 ? "nothing" : $"'{Excerpt.Of(Text)}'";
}
