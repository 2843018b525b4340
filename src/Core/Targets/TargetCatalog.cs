using Flightc.Diagnostics;
using Flightc.Settings;

namespace Flightc.Targets;

/// <summary>The targets that can be named.</summary>
/// <param name="folder">Where their files are; those installed with flightc if null.</param>
public sealed class TargetCatalog(string? folder = null)
{
    private readonly SettingsCatalog _files = new("target", folder ?? SettingsCatalog.Installed("target"));

    /// <summary>Names of all, in ordinal order.</summary>
    public IReadOnlyList<string> Names => _files.Names();

    /// <summary>
    /// Reads a target by name, or by path: what has a separator or ends with <c>.yaml</c> is a path.
    /// </summary>
    /// <exception cref="CompilationException">Nothing has that name (FLC1205), it is a published machine, for
    /// which nothing is compiled (FLC1206), or as <see cref="TargetFile.Read(string)"/>.</exception>
    public Target Find(string nameOrPath) => Find(nameOrPath, []);

    /// <summary>Reads a target by name or by path, with some numbers of its file replaced.</summary>
    /// <exception cref="CompilationException">As <see cref="Find(string)"/>; or an override is of what is no number of
    /// the file (FLC1202).</exception>
    public Target Find(string nameOrPath, IReadOnlyList<SettingOverride> overrides)
    {
        string path = _files.Find(nameOrPath);
        return IsForValidation(path)
            ? throw new CompilationException(
                Codes.TargetForValidation,
                $"the target '{Excerpt.Of(Path.GetFileNameWithoutExtension(path))}' is a published machine: it can be estimated, but nothing is compiled for it",
                path, "give it to 'estimate', or compile for another target: 'flightc targets' lists them")
            : TargetFile.Read(path, overrides);
    }

    /// <summary>The file of a target that exists for validation only.</summary>
    /// <param name="nameOrPath">As for <see cref="Find(string)"/>.</param>
    /// <returns>null where the target is one to compile for.</returns>
    /// <exception cref="CompilationException">Nothing has that name (FLC1205), or the file is no YAML (FLC1001,
    /// FLC1201).</exception>
    public string? FindForValidation(string nameOrPath)
    {
        string path = _files.Find(nameOrPath);
        return IsForValidation(path) ? path : null;
    }

    /// <summary>Paths of the numbers in a target's file, such as <c>core.special_lanes</c>: what can be
    /// replaced.</summary>
    /// <exception cref="CompilationException">Nothing has that name (FLC1205), or the file cannot be read (FLC1001,
    /// FLC1201).</exception>
    public IReadOnlyList<string> NumbersOf(string nameOrPath) => SettingsFile.NumbersOf(_files.Find(nameOrPath));

    /// <summary>Reads all that can be compiled for, in the order of <see cref="Names"/>.</summary>
    /// <exception cref="CompilationException">As <see cref="TargetFile.Read(string)"/>.</exception>
    public IReadOnlyList<Target> All() => [.. Paths(false).Select(TargetFile.Read)];

    /// <summary>Files of the targets that exist for validation only, in the order of <see cref="Names"/>.</summary>
    /// <exception cref="CompilationException">A file is no YAML (FLC1001, FLC1201).</exception>
    public IReadOnlyList<string> AllForValidation() => [.. Paths(true)];

    private IEnumerable<string> Paths(bool forValidation) =>
        Names.Select(_files.PathOf).Where(path => IsForValidation(path) == forValidation);

    private static bool IsForValidation(string path) =>
        SettingsFile.Peek(path, "isa") is { } isa && ValidationIsa.All.Contains(isa);
}
