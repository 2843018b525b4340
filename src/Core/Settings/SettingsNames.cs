namespace Flightc.Settings;

/// <summary>Names of targets, recipes and cards.</summary>
public static class SettingsNames
{
    /// <summary>Whether a text can name a target, a recipe or a card: lower-case letters, digits, <c>-</c>, <c>_</c> and
    /// <c>.</c>, at most 64, a letter or digit first.</summary>
    public static bool IsName(string text) => SettingsReader.IsName(text);
}
