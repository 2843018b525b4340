namespace Flightc.Runtime.Interpretation;

/// <summary>
/// Decides which of the moves that are possible happens next. Every choice is a legal execution, so every
/// order gives the same bits; a program for which that is not so has a hazard.
/// </summary>
/// <remarks>An order has state and serves one interpreter; with the same seed it makes the same choices in
/// every run.</remarks>
public abstract class IssueOrder
{
    /// <summary>Every unit of every core in turn.</summary>
    public static IssueOrder RoundRobin() => new RoundRobinOrder();

    /// <summary>Each possible move is equally likely.</summary>
    public static IssueOrder Random(ulong seed) => new RandomOrder(seed);

    /// <summary>
    /// Units have random priorities, which change now and then: one unit runs far ahead of the others.
    /// </summary>
    public static IssueOrder RandomPriorities(ulong seed) => new RandomPriorityOrder(seed);

    /// <summary>The load units as early as allowed, the others in turn.</summary>
    public static IssueOrder LoadsFirst() => new LoadOrder(first: true);

    /// <summary>The load units only where nothing else can happen, the others in turn.</summary>
    public static IssueOrder LoadsLast() => new LoadOrder(first: false);

    /// <summary>Chooses.</summary>
    /// <param name="possible">At least one move, by core, then by unit.</param>
    /// <returns>An index of <paramref name="possible"/>.</returns>
    public abstract int Choose(ReadOnlySpan<Move> possible);
}
