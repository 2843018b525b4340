namespace Flightc.Settings;

/// <summary>A number that takes the place of one in a settings file.</summary>
/// <param name="Path">Its keys, joined by dots, such as <c>core.special_lanes</c>.</param>
/// <param name="Text">The number as it would stand in the file.</param>
public sealed record SettingOverride(string Path, string Text);
