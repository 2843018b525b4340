using Flightc.Backend.Lengths;
using Flightc.Passes.Tiling;

namespace Flightc.Cli.Estimating;

/// <summary>What a user wants estimated.</summary>
/// <param name="Model">Path of the model.</param>
/// <param name="Target">Name or path; null where the sweep names targets.</param>
/// <param name="Recipe">Name or path.</param>
/// <param name="MaxLength">The most tokens of a sequence; null for the model's own.</param>
/// <param name="Cases">Prompts and what is generated after them; empty for <see cref="SequenceCase.Default"/>.</param>
/// <param name="Contexts">Contexts of single decode steps: their own token included.</param>
/// <param name="Lengths">Over which lengths plans are compared.</param>
/// <param name="Plan">The plan whose programs are timed.</param>
/// <param name="Sweep">What is varied; empty for nothing.</param>
/// <param name="RecipeIsGiven">Whether the recipe was asked for, and is not just the default.</param>
/// <param name="Ablation">Whether a published machine is changed step by step.</param>
/// <param name="SearchLimit">The most candidates of the mapping's search.</param>
/// <param name="Masks">Path of attention masks; null for those that the recipe wants.</param>
internal sealed record EstimateRequest(
    string Model, string? Target, string Recipe, int? MaxLength, IReadOnlyList<SequenceCase> Cases,
    IReadOnlyList<long> Contexts, string? Lengths, LengthPlan Plan, IReadOnlyList<SweepAxis> Sweep,
    bool RecipeIsGiven = false, bool Ablation = false, int SearchLimit = MappingSearch.DefaultLimit,
    string? Masks = null);
