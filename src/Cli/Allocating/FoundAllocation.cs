using Flightc.IR;
using Flightc.Passes.Allocation;

namespace Flightc.Cli.Allocating;

/// <summary>Formats for the weights of a model, and what else could have been had.</summary>
internal sealed record FoundAllocation
{
    /// <summary>As config.json calls the model.</summary>
    public required string Architecture { get; init; }

    /// <summary>The model on its machine.</summary>
    public required AllocationModel Model { get; init; }

    /// <summary>What was wished.</summary>
    public required AllocateRequest Request { get; init; }

    /// <summary>Context of the decode step that was timed.</summary>
    public required int Context { get; init; }

    /// <summary>Where losses come from.</summary>
    public required LossSource Losses { get; init; }

    /// <summary>Formats that were chosen among.</summary>
    public required IReadOnlyList<QuantizedFormat> Candidates { get; init; }

    /// <summary>What was chosen for, in the order of the model's matrices.</summary>
    public required IReadOnlyList<AllocationItem> Items { get; init; }

    /// <summary>The choice; its recipe is to be written.</summary>
    public required Fitted Fitted { get; init; }

    /// <summary>Points of the whole front.</summary>
    public required int PointCount { get; init; }

    /// <summary>Some of them, ascending in bytes, both ends included.</summary>
    public required IReadOnlyList<AllocationPoint> Front { get; init; }

    /// <summary>Recipes that ship, and the one that was changed, as far as their losses are known.</summary>
    public required IReadOnlyList<AllocationPoint> Recipes { get; init; }

    /// <summary>Whether the budget leaves room for the best candidate of every weight.</summary>
    public bool IsUnlimited => Fitted.Assignment.Choices.Select((choice, i) => Items[i].Options[choice].Loss == Items[i].Options.Min(o => o.Loss)).All(b => b);

    /// <summary>The choice of a matrix.</summary>
    public AllocationOption ChoiceOf(int item) => Items[item].Options[Fitted.Assignment.Choices[item]];
}
