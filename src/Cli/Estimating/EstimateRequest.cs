using Flightc.Backend.Lengths;

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
/// <param name="SearchLimit">The most candidates of the mapping's search.</param>
internal sealed record EstimateRequest(
    string Model, string? Target, string Recipe, int? MaxLength, IReadOnlyList<SequenceCase> Cases,
    IReadOnlyList<long> Contexts, string? Lengths, LengthPlan Plan, IReadOnlyList<SweepAxis> Sweep,
    int SearchLimit);
