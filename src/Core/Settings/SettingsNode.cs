namespace Flightc.Settings;

/// <summary>A value of a settings file with its place in the text.</summary>
/// <param name="Location"><c>file:line:column</c>, both counted from 1.</param>
internal abstract record SettingsNode(string Location)
{
    /// <summary>The value in words, for messages.</summary>
    public abstract string InWords { get; }
}
