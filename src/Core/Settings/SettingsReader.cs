using System.Globalization;
using Flightc.Diagnostics;

namespace Flightc.Settings;

/// <summary>
/// Takes the values of one map out of a settings file, and reports everything that is wrong with them: a
/// missing key, a key nobody asked for, a wrong type, a value out of range.
/// </summary>
/// <remarks>
/// Reading goes on after an error with a value in range, so that all errors are reported together; what was
/// built is to be thrown away when the bag has errors. <see cref="Finish"/> ends the reading of a map.
/// </remarks>
internal sealed class SettingsReader(SettingsMap map, string name, DiagnosticBag bag)
{
    private const int MaxText = 1000;

    private readonly List<string> _asked = [];

    /// <summary>Where errors go.</summary>
    public DiagnosticBag Bag => bag;

    /// <summary>Where the map begins.</summary>
    public string Location => map.Location;

    /// <summary>Whether the key is there; asking makes it known.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>Where the key's value stands, or the map where it is missing.</summary>
    public string LocationOf(string key) => Find(key)?.Value.Location ?? map.Location;

    /// <summary>Reports that a key's value cannot be.</summary>
    public void Refuse(string key, string message) => bag.Error(Codes.SettingsValue, message, LocationOf(key));

    /// <summary>A text that is not empty.</summary>
    public string Text(string key)
    {
        switch (Value(key))
        {
            case SettingsScalar { Text: { Length: > 0 and <= MaxText } text }:
                return text;
            case SettingsNode other:
                bag.Error(
                    Codes.SettingsValue,
                    $"'{key}' is a text of 1 to {MaxText} characters, not {other.InWords}", other.Location);
                return "";
            default:
                return "";
        }
    }

    /// <summary>
    /// A name: lower-case letters, digits, <c>-</c>, <c>_</c> and <c>.</c>, at most 64, a letter or digit
    /// first.
    /// </summary>
    public string Name(string key)
    {
        string text = Text(key);
        if (text.Length > 0 && !IsName(text))
        {
            Refuse(
                key,
                $"'{key}' is a name of lower-case letters, digits, '-', '_' and '.', at most 64, not '{Excerpt.Of(text)}'");
        }

        return text;
    }

    /// <summary>One of a few words.</summary>
    public string Choice(string key, params IReadOnlyList<string> words) => Choice(key, words, _ => false, "");

    /// <summary>One of a few words, or another text that is allowed.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="words">The words.</param>
    /// <param name="isOther">Whether a text is allowed though it is none of them.</param>
    /// <param name="other">What texts those are, in words; empty where there are none.</param>
    public string Choice(string key, IReadOnlyList<string> words, Func<string, bool> isOther, string other)
    {
        if (Value(key) is not SettingsNode value)
        {
            return words[0];
        }

        if (value is SettingsScalar scalar && (words.Contains(scalar.Text) || isOther(scalar.Text)))
        {
            return scalar.Text;
        }

        string guess = value is SettingsScalar { Text: var text } ? Suggestion.For(text, words) : "";
        string wanted = other.Length == 0 ? List(words) : $"{List(words)} or {other}";
        bag.Error(Codes.SettingsValue, $"'{key}' is {wanted}, not {value.InWords}{guess}", value.Location);
        return words[0];
    }

    /// <summary>A whole number.</summary>
    public long Integer(string key, long least, long most) =>
        Value(key) is SettingsNode value ? IntegerOf($"'{key}'", value, least, most) : least;

    /// <summary>A whole number that fits 32 bits.</summary>
    public int Integer32(string key, int least, int most) => (int)Integer(key, least, most);

    /// <summary>A list of whole numbers, not empty.</summary>
    public IReadOnlyList<int> Integers(string key, int least, int most, int mostItems)
    {
        switch (Value(key))
        {
            case SettingsList list when list.Items.Count >= 1 && list.Items.Count <= mostItems:
                return [.. list.Items.Select((item, i) => (int)IntegerOf($"number {i + 1} of '{key}'", item, least, most))];
            case SettingsNode other:
                string found = other is SettingsList wrong ? $"of {wrong.Items.Count}" : $"but {other.InWords}";
                bag.Error(
                    Codes.SettingsValue, $"'{key}' is a list of 1 to {mostItems} whole numbers, not {found}",
                    other.Location);
                return [least];
            default:
                return [least];
        }
    }

    /// <summary>A number above 0, with or without a fraction.</summary>
    public double Positive(string key, double most)
    {
        if (Value(key) is not SettingsNode value)
        {
            return most;
        }

        if (value is SettingsScalar { IsPlain: true, Text: var text }
            && double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            && number > 0 && number <= most)
        {
            return number;
        }

        string limit = most.ToString("#,0.##", CultureInfo.InvariantCulture);
        bag.Error(
            Codes.SettingsValue, $"'{key}' is a number above 0 and at most {limit}, not {value.InWords}",
            value.Location);
        return most;
    }

    /// <summary>Reads a map below this one, and finishes it.</summary>
    /// <typeparam name="T">What it becomes.</typeparam>
    /// <param name="key">Its key.</param>
    /// <param name="read">Reads its keys.</param>
    /// <returns>null where there is no such map, which is reported.</returns>
    public T? Group<T>(string key, Func<SettingsReader, T> read)
        where T : class
    {
        SettingsNode? value = Value(key);
        return value is null ? null : GroupOf($"'{key}'", value, read);
    }

    /// <summary>Reads a list of maps; a missing key is an empty list.</summary>
    /// <typeparam name="T">What each becomes.</typeparam>
    /// <param name="key">Its key.</param>
    /// <param name="mostItems">How many there may be.</param>
    /// <param name="read">Reads the keys of one.</param>
    public IReadOnlyList<T> Groups<T>(string key, int mostItems, Func<SettingsReader, T> read)
        where T : class
    {
        switch (Find(key)?.Value)
        {
            case null:
                return [];
            case SettingsList list when list.Items.Count <= mostItems:
                return [.. list.Items.Select((item, i) => GroupOf($"item {i + 1} of '{key}'", item, read)).OfType<T>()];
            case SettingsNode other:
                string found = other is SettingsList wrong ? $"of {wrong.Items.Count}" : $"but {other.InWords}";
                bag.Error(
                    Codes.SettingsValue,
                    $"'{key}' is a list of at most {mostItems} groups of keys, not {found}", other.Location);
                return [];
        }
    }

    /// <summary>Reports the keys that nobody asked for.</summary>
    public void Finish()
    {
        foreach (SettingsEntry entry in map.Entries.Where(e => !_asked.Contains(e.Key)))
        {
            string where = name.Length == 0 ? "" : $" in {name}";
            bag.Error(
                Codes.SettingsUnknownKey,
                $"unknown key '{Excerpt.Of(entry.Key)}'{where}{Suggestion.For(entry.Key, _asked)}",
                entry.Location,
                $"the keys here are {string.Join(", ", _asked)}");
        }
    }

    /// <summary>Whether a text can name a target or a recipe.</summary>
    public static bool IsName(string text) =>
        text.Length is > 0 and <= 64 && char.IsAsciiLetterOrDigit(text[0])
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.');

    private T? GroupOf<T>(string what, SettingsNode value, Func<SettingsReader, T> read)
        where T : class
    {
        if (value is not SettingsMap below)
        {
            bag.Error(Codes.SettingsValue, $"{what} is a group of keys, not {value.InWords}", value.Location);
            return null;
        }

        SettingsReader reader = new(below, what, bag);
        T result = read(reader);
        reader.Finish();
        return result;
    }

    private long IntegerOf(string what, SettingsNode value, long least, long most)
    {
        if (value is SettingsScalar { IsPlain: true, Text: var text }
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                && number >= least && number <= most)
        {
            return number;
        }

        bag.Error(
            Codes.SettingsValue, $"{what} is a whole number from {least} to {most}, not {value.InWords}",
            value.Location);
        return least;
    }

    private SettingsEntry? Find(string key)
    {
        if (!_asked.Contains(key))
        {
            _asked.Add(key);
        }

        return map.Entries.FirstOrDefault(e => e.Key == key);
    }

    private SettingsNode? Value(string key)
    {
        SettingsNode? value = Find(key)?.Value;
        if (value is null)
        {
            string where = name.Length == 0 ? "" : $" in {name}";
            bag.Error(Codes.SettingsMissingKey, $"the key '{key}' is missing{where}", map.Location);
        }

        return value;
    }

    private static string List(IReadOnlyList<string> words) =>
        words.Count == 1 ? $"'{words[0]}'" : $"one of {string.Join(", ", words.Select(w => $"'{w}'"))}";
}
