namespace Flightc.Isa.Hazards;

/// <summary>Bounds the work of a proof, so that a hostile program cannot keep it busy.</summary>
/// <param name="units">Units of work that may be done.</param>
internal sealed class WorkBudget(long units)
{
    private long _left = units;

    /// <summary>Whether more was asked for than there is.</summary>
    public bool IsSpent => _left < 0;

    /// <summary>Takes some.</summary>
    public void Take(long work) => _left = _left < 0 ? _left : _left - work;
}
