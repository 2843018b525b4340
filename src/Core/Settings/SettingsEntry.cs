namespace Flightc.Settings;

/// <summary>One key of a <see cref="SettingsMap"/>.</summary>
/// <param name="Key">The key as written.</param>
/// <param name="Location">Where the key stands.</param>
/// <param name="Value">What it is set to.</param>
internal sealed record SettingsEntry(string Key, string Location, SettingsNode Value);
