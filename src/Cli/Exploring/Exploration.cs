using Flightc.Cli.Estimating;
using Flightc.Targets;

namespace Flightc.Cli.Exploring;

/// <summary>What exploring a card found.</summary>
internal sealed record Exploration
{
    /// <summary>The card.</summary>
    public required Card Card { get; init; }

    /// <summary>The model's architecture.</summary>
    public required string Architecture { get; init; }

    /// <summary>Name of the recipe.</summary>
    public required string Recipe { get; init; }

    /// <summary>The longest sequence.</summary>
    public required long ContextLength { get; init; }

    /// <summary>A prompt and what is generated after it.</summary>
    public required SequenceCase Workload { get; init; }

    /// <summary>What is to be small.</summary>
    public required Objective Objective { get; init; }

    /// <summary>Machines that were looked at.</summary>
    public required long Considered { get; init; }

    /// <summary>Machines that were excluded, by reason; most first.</summary>
    public required IReadOnlyList<(string Reason, long Count)> Excluded { get; init; }

    /// <summary>Machines that the cycle model ran the model on, in the order in which it did.</summary>
    public required IReadOnlyList<Confirmed> Confirmed { get; init; }

    /// <summary>Whether the time limit ended the search before all machines wanted were confirmed.</summary>
    public required bool IsCut { get; init; }

    /// <summary>Targets that ship for the card, with what the cycle model says of them.</summary>
    public required IReadOnlyList<(string Name, Confirmed Machine)> Shipped { get; init; }

    /// <summary>The best machine; its mapping was searched.</summary>
    public Confirmed Best => Ranked(Confirmed, Objective).First();

    /// <summary>Machines that none is better than in time, energy and share of the card at once; fastest first.</summary>
    public IReadOnlyList<Confirmed> Pareto =>
    [
        .. Confirmed.Where(c => !Confirmed.Any(other => other.Merit.Dominates(c.Merit)))
            .DistinctBy(c => c.Merit)
            .OrderBy(c => c.Merit.SecondsPerToken).ThenBy(c => c.Merit.JoulesPerToken).ThenBy(c => c.Merit.Share),
    ];

    /// <summary>Machines that run the model, best first; the smaller one, then the earlier one, among equals.</summary>
    public static IEnumerable<Confirmed> Ranked(IEnumerable<Confirmed> machines, Objective objective) =>
        machines.Where(m => m.Misfit is null).OrderBy(m => m.Merit.Of(objective)).ThenBy(m => m.Merit.Share);
}
