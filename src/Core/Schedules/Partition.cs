namespace Flightc.Schedules;

/// <summary>
/// How an extent is divided among the cores: core c has the elements from Bounds[c] to Bounds[c+1].
/// </summary>
/// <param name="Name">What is divided, such as <c>hidden</c>.</param>
/// <param name="Bounds">Ascending from 0, one more than there are cores.</param>
public sealed record Partition(string Name, IReadOnlyList<long> Bounds)
{
    /// <summary>First element of a core.</summary>
    public long First(int core) => Bounds[core];

    /// <summary>Number of elements of a core.</summary>
    public long Count(int core) => Bounds[core + 1] - Bounds[core];

    /// <summary>Elements of all cores.</summary>
    public long Total => Bounds[^1];

    /// <summary>The largest count of a core.</summary>
    public long Largest => Enumerable.Range(0, Bounds.Count - 1).Max(Count);
}
