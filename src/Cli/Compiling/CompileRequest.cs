using Flightc.Backend.Lengths;
using Flightc.Cli.Caching;
using Flightc.Passes.Tiling;

namespace Flightc.Cli.Compiling;

/// <summary>What a user wants compiled.</summary>
/// <param name="Model">Path of the model.</param>
/// <param name="Target">Name or path.</param>
/// <param name="Recipe">Name or path.</param>
/// <param name="Output">Path of the image.</param>
/// <param name="MaxLength">The most tokens of a sequence; null for the model's own.</param>
/// <param name="DumpFolder">Where to write the text after every pass; null for nowhere.</param>
/// <param name="Until">The pass to stop after; null for none.</param>
/// <param name="Threads">The most threads; -1 for one per processor.</param>
/// <param name="Plan">How programs serve all lengths.</param>
/// <param name="SearchLimit">The most candidates of the mapping's search.</param>
/// <param name="Calibration">Path of a text of calibration; null for none.</param>
/// <param name="Masks">Path of attention masks; null for those that the recipe wants.</param>
/// <param name="SaveMasks">Where to write the masks that a search finds; null for nowhere.</param>
internal sealed record CompileRequest(
    string Model, string Target, string Recipe, string Output, int? MaxLength = null,
    string? DumpFolder = null, string? Until = null, int Threads = -1, LengthPlan Plan = LengthPlan.Registers,
    int SearchLimit = MappingSearch.DefaultLimit, string? Calibration = null, string? Masks = null, string? SaveMasks = null)
{
    /// <summary>Where results are kept for the next time; null for nowhere.</summary>
    public CacheWishes? Cache { get; init; }

    /// <summary>The most memory to use, in bytes; null for a quarter of the machine's.</summary>
    public long? MaxMemory { get; init; }
}
