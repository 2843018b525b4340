namespace Flightc.Isa.Hazards;

/// <summary>What the hazard proof knows of one core in one step.</summary>
/// <param name="access">Its accesses.</param>
/// <param name="budget">What bytes written take from.</param>
internal sealed class CoreHazards(HazardAccess access, WorkBudget budget)
{
    /// <summary>Turns instructions into footprints.</summary>
    public HazardAccess Access { get; } = access;

    /// <summary>The clock of each unit.</summary>
    public UnitClock[] Clocks { get; } = [.. Enumerable.Range(0, InstructionSet.UnitCount).Select(_ => new UnitClock())];

    /// <summary>By unit: the number, in the stream, of every instruction executed.</summary>
    public List<int>[] Executed { get; } = [.. Enumerable.Range(0, InstructionSet.UnitCount).Select(_ => new List<int>())];

    /// <summary>Bytes of scratch written so far.</summary>
    public WrittenBytes Written { get; } = new(budget);

    /// <summary>By instruction of the exchange unit executed: the exchanges up to and including it.</summary>
    public List<int> Exchanges { get; } = [];

    /// <summary>By exchange: what had ended on this core before it began; empty for exchanges that nobody asks for.</summary>
    public List<int[]> EndedBeforeExchange { get; } = [];
}
