using Flightc.Isa;

namespace Flightc.Schedules;

/// <summary>
/// When regions of a core were last read and written, by unit: what a step has to wait for. Within a loop, rows of a
/// KV head only concern the same iteration.
/// </summary>
/// <param name="regions">How many there are.</param>
internal sealed class CostOrder(int regions)
{
    private readonly Last[] _read = new Last[regions];
    private readonly Last[] _written = new Last[regions];

    // Of the last use: the iteration, or -1 where it concerns all.
    private readonly int[] _iterations = [.. Enumerable.Repeat(-1, regions)];

    /// <summary>Forgets everything: a loop begins.</summary>
    public void Clear()
    {
        Array.Clear(_read);
        Array.Clear(_written);
        Array.Fill(_iterations, -1);
    }

    /// <summary>When all is done that a unit has to come after.</summary>
    public double Ready(Unit unit, CostConflict[] conflicts, int iteration = -1)
    {
        double ready = 0;
        foreach (CostConflict conflict in conflicts)
        {
            int region = conflict.Region;
            if (iteration >= 0 && conflict.IsPerHead && _iterations[region] >= 0 && _iterations[region] != iteration)
            {
                continue;
            }

            ready = Math.Max(ready, _written[region].But(unit));
            ready = conflict.AfterReads ? Math.Max(ready, _read[region].But(unit)) : ready;
        }

        return ready;
    }

    /// <summary>A unit's accesses are done and seen at a time.</summary>
    public void Record(Unit unit, CostAccess[] accesses, double time, int iteration = -1)
    {
        foreach (CostAccess access in accesses)
        {
            int own = access.IsPerHead ? iteration : -1;
            if (own != _iterations[access.Region])
            {
                (_read[access.Region], _written[access.Region]) = (default, default);
                _iterations[access.Region] = own;
            }

            (access.Writes ? _written : _read)[access.Region].Add(unit, time);
        }
    }

    /// <summary>The latest time of a unit, and the latest of all others.</summary>
    private struct Last
    {
        private double _latest;
        private double _others;
        private Unit _unit;

        public readonly double But(Unit unit) => _unit == unit ? _others : _latest;

        public void Add(Unit unit, double time)
        {
            if (unit == _unit)
            {
                _latest = Math.Max(_latest, time);
            }
            else if (time > _latest)
            {
                (_others, _latest, _unit) = (_latest, time, unit);
            }
            else
            {
                _others = Math.Max(_others, time);
            }
        }
    }
}
