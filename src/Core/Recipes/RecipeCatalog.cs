using Flightc.Diagnostics;
using Flightc.Settings;

namespace Flightc.Recipes;

/// <summary>The recipes that can be named.</summary>
/// <param name="folder">Where their files are; those installed with flightc if null.</param>
public sealed class RecipeCatalog(string? folder = null)
{
    private readonly SettingsCatalog _files = new("recipe", folder ?? SettingsCatalog.Installed("recipe"));

    /// <summary>Names of all, in ordinal order.</summary>
    public IReadOnlyList<string> Names => _files.Names();

    /// <summary>
    /// Reads a recipe by name, or by path: what has a separator or ends with <c>.yaml</c> is a path.
    /// </summary>
    /// <exception cref="CompilationException">Nothing has that name (FLC1205), or as
    /// <see cref="RecipeFile.Read"/>.</exception>
    public Recipe Find(string nameOrPath) => RecipeFile.Read(_files.Find(nameOrPath));

    /// <summary>Reads all, in the order of <see cref="Names"/>.</summary>
    /// <exception cref="CompilationException">As <see cref="RecipeFile.Read"/>.</exception>
    public IReadOnlyList<Recipe> All() => [.. Names.Select(name => RecipeFile.Read(_files.PathOf(name)))];
}
