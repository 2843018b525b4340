using Flightc.Diagnostics;

namespace Flightc.Settings;

/// <summary>Reads a settings file: YAML of one map, which may inherit another file's.</summary>
internal static class SettingsFile
{
    private const string Inherits = "inherits";

    /// <summary>Reads a file and makes something of it.</summary>
    /// <typeparam name="T">What it becomes.</typeparam>
    /// <param name="path">The file. It can inherit one file of its folder, and that one none.</param>
    /// <param name="read">Takes the keys out of the file, given its name; can report errors.</param>
    /// <exception cref="CompilationException">FLC1001, or everything that is wrong with the file (FLC1201 …
    /// FLC1204).</exception>
    public static T Read<T>(string path, Func<string, SettingsReader, T> read) => Read(path, [], read);

    /// <summary>Reads a file in which some numbers are others.</summary>
    /// <typeparam name="T">What it becomes.</typeparam>
    /// <param name="path">The file. It can inherit one file of its folder, and that one none.</param>
    /// <param name="overrides">Numbers that take the place of the file's.</param>
    /// <param name="read">Takes the keys out of the file, given its name; can report errors.</param>
    /// <exception cref="CompilationException">FLC1001, or everything that is wrong with the file (FLC1201 …
    /// FLC1204), or an override of what is no number of the file (FLC1202).</exception>
    public static T Read<T>(string path, IReadOnlyList<SettingOverride> overrides, Func<string, SettingsReader, T> read)
    {
        DiagnosticBag bag = new();
        SettingsMap map = Whole(path, bag);
        foreach (SettingOverride change in overrides)
        {
            string[] numbers = [.. map.NumberPaths()];
            if (!numbers.Contains(change.Path))
            {
                throw new CompilationException(
                    Codes.SettingsUnknownKey,
                    $"'{Excerpt.Of(change.Path)}' is no number of this file{Suggestion.For(change.Path, numbers)}", path,
                    $"its numbers are {string.Join(", ", numbers)}");
            }

            map = map.With(change.Path.Split('.'), change.Text, $"{path}, {change.Path}={change.Text}");
        }

        SettingsReader reader = new(map, "", bag);
        T result = read(NameOf(path, reader), reader);
        reader.Finish();
        bag.ThrowIfErrors();
        return result;
    }

    /// <summary>Paths of all plain numbers of a file, inherited ones included.</summary>
    /// <exception cref="CompilationException">The file cannot be read (FLC1001) or is no YAML of ours (FLC1201).</exception>
    public static IReadOnlyList<string> NumbersOf(string path)
    {
        DiagnosticBag bag = new();
        SettingsMap map = Whole(path, bag);
        bag.ThrowIfErrors();
        return [.. map.NumberPaths()];
    }

    /// <summary>
    /// The text that a file sets a key to at its top, before anything else of it is known to be valid.
    /// </summary>
    /// <returns>null where the key is missing or is no single value.</returns>
    /// <exception cref="CompilationException">As <see cref="Read{T}(string, Func{string, SettingsReader, T})"/>, as far as the file is no YAML at
    /// all.</exception>
    public static string? Peek(string path, string key)
    {
        SettingsMap map = Whole(path, new DiagnosticBag());
        return (map.Entries.FirstOrDefault(e => e.Key == key)?.Value as SettingsScalar)?.Text;
    }

    private static SettingsMap Whole(string path, DiagnosticBag bag)
    {
        SettingsMap map = YamlTree.Read(path, bag);
        SettingsEntry? inherits = map.Entries.FirstOrDefault(e => e.Key == Inherits);
        return inherits is null ? map : Without(map).Over(Inherited(path, inherits, bag));
    }

    private static SettingsMap Inherited(string path, SettingsEntry inherits, DiagnosticBag bag)
    {
        if (inherits.Value is not SettingsScalar { Text: var name } || Path.GetFileName(name) != name
            || name.Contains('\\')
            || !name.EndsWith(".yaml", StringComparison.Ordinal) || name == Path.GetFileName(path))
        {
            throw new CompilationException(
                Codes.SettingsValue,
                $"'{Inherits}' is the name of another .yaml file in the same folder, not {inherits.Value.InWords}",
                inherits.Value.Location);
        }

        string file = Path.Combine(Path.GetDirectoryName(path) ?? "", name);
        if (!File.Exists(file))
        {
            throw new CompilationException(
                Codes.FileNotReadable, $"there is no file '{Excerpt.Of(name)}' beside this one to inherit",
                inherits.Value.Location);
        }

        SettingsMap map = YamlTree.Read(file, bag);
        SettingsEntry? second = map.Entries.FirstOrDefault(e => e.Key == Inherits);
        return second is null ? map : throw new CompilationException(
            Codes.SettingsInvalid,
            $"a file that is inherited cannot inherit; {inherits.Location} inherits this one",
            second.Location);
    }

    private static SettingsMap Without(SettingsMap map) =>
        map with { Entries = [.. map.Entries.Where(e => e.Key != Inherits)] };

    /// <summary>
    /// A copy under another file name would otherwise pass for the original wherever its name is shown.
    /// </summary>
    private static string NameOf(string path, SettingsReader reader)
    {
        string wanted = Path.GetFileNameWithoutExtension(path);
        string name = reader.Name("name");
        if (name.Length > 0 && name != wanted)
        {
            reader.Refuse(
                "name",
                $"'name' is '{Excerpt.Of(name)}', but the file is called '{Excerpt.Of(Path.GetFileName(path))}'; they have to agree");
        }

        return name;
    }
}
