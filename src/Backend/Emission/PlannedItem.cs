using Flightc.Isa;
using Flightc.Schedules;

namespace Flightc.Backend.Emission;

/// <summary>An entry of a unit's stream to be: a step, or a synchronisation before or after a loop.</summary>
internal sealed class PlannedItem(Step? step, Unit unit)
{
    /// <summary>The step; null for a synchronisation.</summary>
    public Step? Step { get; } = step;

    /// <summary>
    /// The unit whose stream it goes into; meaningless for loops, which go into all streams that take part.
    /// </summary>
    public Unit Unit { get; } = unit;

    /// <summary>Units that take part, where this begins or ends a loop.</summary>
    public Units LoopUnits { get; set; }

    /// <summary>Units to wait for.</summary>
    public Units Wait { get; set; }

    /// <summary>Units to release.</summary>
    public Units Release { get; set; }

    /// <summary>What the unit knows to be complete of every unit when this ends.</summary>
    public int[] Known { get; set; } = [];

    /// <summary>Whether it is only there to look at a second iteration.</summary>
    public bool IsRehearsal { get; init; }
}
