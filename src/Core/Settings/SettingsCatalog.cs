using Flightc.Diagnostics;

namespace Flightc.Settings;

/// <summary>Finds settings files of one kind by name or by path.</summary>
/// <param name="kind">A word for messages: <c>target</c> or <c>recipe</c>.</param>
/// <param name="folder">Where the files with names are.</param>
internal sealed class SettingsCatalog(string kind, string folder)
{
    private const string Extension = ".yaml";

    /// <summary>
    /// The folder that is installed with flightc: <c>configs/targets</c> or <c>configs/recipes</c> beside the
    /// executable.
    /// </summary>
    public static string Installed(string kind) => Path.Combine(AppContext.BaseDirectory, "configs", $"{kind}s");

    /// <summary>All names, in ordinal order; none where there is no folder.</summary>
    /// <exception cref="CompilationException">The folder cannot be listed (FLC1001).</exception>
    public IReadOnlyList<string> Names()
    {
        try
        {
            return Directory.Exists(folder)
                ? [.. Directory.EnumerateFiles(folder, "*" + Extension).Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)]
                : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CompilationException(
                Codes.FileNotReadable, $"cannot list the {kind}s: {e.Message}", folder, "", e);
        }
    }

    /// <summary>The file of a name, or of a path: what has a separator or ends with <c>.yaml</c> is a path.</summary>
    /// <exception cref="CompilationException">Nothing has that name (FLC1205); for a path there is no file
    /// (FLC1001).</exception>
    public string Find(string nameOrPath)
    {
        bool isPath = nameOrPath.AsSpan().ContainsAny('/', '\\')
            || nameOrPath.EndsWith(Extension, StringComparison.Ordinal);
        if (isPath)
        {
            return File.Exists(nameOrPath) ? nameOrPath : throw new CompilationException(
                Codes.FileNotReadable, $"there is no such {kind} file", nameOrPath);
        }

        IReadOnlyList<string> names = Names();
        return names.Contains(nameOrPath) ? PathOf(nameOrPath) : throw new CompilationException(
            Codes.SettingsNotFound,
            $"no {kind} is called '{Excerpt.Of(nameOrPath)}'{Suggestion.For(nameOrPath, names)}", "",
            names.Count == 0
                ? $"name the {kind}'s .yaml file by its path"
                : $"the {kind}s are {string.Join(", ", names)}; a {kind} of your own is named by its path, such as ./mine.yaml");
    }

    /// <summary>The file of one of the <see cref="Names"/>.</summary>
    public string PathOf(string name) => Path.Combine(folder, name + Extension);
}
