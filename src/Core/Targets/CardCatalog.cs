using Flightc.Diagnostics;
using Flightc.Settings;

namespace Flightc.Targets;

/// <summary>The cards that can be named.</summary>
/// <param name="folder">Where their files are; those installed with flightc if null.</param>
public sealed class CardCatalog(string? folder = null)
{
    private readonly SettingsCatalog _files = new("card", folder ?? SettingsCatalog.Installed("card"));

    /// <summary>Names of all, in ordinal order.</summary>
    public IReadOnlyList<string> Names => _files.Names();

    /// <summary>Reads a card by name, or by path: what has a separator or ends with <c>.yaml</c> is a path.</summary>
    /// <exception cref="CompilationException">Nothing has that name (FLC1205), or as
    /// <see cref="CardFile.Read(string)"/>.</exception>
    public Card Find(string nameOrPath) => CardFile.Read(_files.Find(nameOrPath));

    /// <summary>Reads all, in the order of <see cref="Names"/>.</summary>
    /// <exception cref="CompilationException">As <see cref="CardFile.Read(string)"/>.</exception>
    public IReadOnlyList<Card> All() => [.. Names.Select(name => CardFile.Read(_files.PathOf(name)))];
}
