using Flightc.Cli.Estimating;

namespace Flightc.Cli.Exploring;

/// <summary>What a user wants explored.</summary>
/// <param name="Model">Path of the model.</param>
/// <param name="Card">Name or path.</param>
/// <param name="Recipe">Name or path.</param>
/// <param name="MaxLength">The most tokens of a sequence; null for the model's own.</param>
/// <param name="Workload">A prompt and what is generated after it; null for that of <c>estimate</c>.</param>
/// <param name="Objective">What is to be small.</param>
/// <param name="Confirm">The most machines that are confirmed by compiling for them.</param>
/// <param name="TimeLimit">After so many seconds no further batch is confirmed; null for no limit.</param>
internal sealed record ExploreRequest(
    string Model, string Card, string Recipe, int? MaxLength, SequenceCase? Workload, Objective Objective, int Confirm,
    double? TimeLimit)
{
    /// <summary>How many machines are confirmed where nothing is said.</summary>
    public const int DefaultConfirm = 32;
}
