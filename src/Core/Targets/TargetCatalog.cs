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
    /// <exception cref="CompilationException">Nothing has that name (FLC1205), or as
    /// <see cref="TargetFile.Read(string)"/>.</exception>
    public Target Find(string nameOrPath) => TargetFile.Read(_files.Find(nameOrPath));

    /// <summary>Reads a target by name or by path, with some numbers of its file replaced.</summary>
    /// <exception cref="CompilationException">As <see cref="Find(string)"/>; or an override is of what is no number of
    /// the file (FLC1202).</exception>
    public Target Find(string nameOrPath, IReadOnlyList<SettingOverride> overrides) =>
        TargetFile.Read(_files.Find(nameOrPath), overrides);

    /// <summary>Paths of the numbers in a target's file, such as <c>core.special_lanes</c>: what can be
    /// replaced.</summary>
    /// <exception cref="CompilationException">Nothing has that name (FLC1205), or the file cannot be read (FLC1001,
    /// FLC1201).</exception>
    public IReadOnlyList<string> NumbersOf(string nameOrPath) => SettingsFile.NumbersOf(_files.Find(nameOrPath));

    /// <summary>Reads all, in the order of <see cref="Names"/>.</summary>
    /// <exception cref="CompilationException">As <see cref="TargetFile.Read(string)"/>.</exception>
    public IReadOnlyList<Target> All() => [.. Names.Select(name => TargetFile.Read(_files.PathOf(name)))];
}
