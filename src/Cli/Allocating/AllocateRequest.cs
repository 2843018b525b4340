using Flightc.IR;
using Flightc.Passes.Tiling;

namespace Flightc.Cli.Allocating;

/// <summary>What a user wants allocated.</summary>
/// <param name="Model">Path of the model.</param>
/// <param name="Target">Name or path.</param>
/// <param name="Recipe">Name or path: what the result is a change of.</param>
/// <param name="Budget">The most that it may take.</param>
/// <param name="Candidates">Formats to choose among; null for <see cref="Passes.Allocation.CandidateFormats.Default"/>,
/// or those of the file of losses.</param>
/// <param name="Losses">A file of losses; null for none.</param>
/// <param name="Kept">Patterns of weights that keep the recipe's format.</param>
/// <param name="Context">Context of the decode step that is timed, its own token included; null for
/// <see cref="AllocationTimer.DefaultContext"/>.</param>
/// <param name="HasTimes">Whether all points of the front are timed.</param>
/// <param name="Name">What the recipe is called.</param>
/// <param name="MaxLength">The most tokens of a sequence; null for the model's own.</param>
/// <param name="Threads">The most threads; -1 for one per processor.</param>
/// <param name="SearchLimit">The most candidates of the mapping's search.</param>
/// <param name="Calibration">Path of statistics; null for none.</param>
internal sealed record AllocateRequest(
    string Model, string Target, string Recipe, Budget Budget, IReadOnlyList<QuantizedFormat>? Candidates, string? Losses,
    IReadOnlyList<string> Kept, int? Context, bool HasTimes, string Name, int? MaxLength, int Threads = -1,
    int SearchLimit = MappingSearch.DefaultLimit, string? Calibration = null);
