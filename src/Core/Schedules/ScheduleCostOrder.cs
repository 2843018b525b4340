using Flightc.Isa;

namespace Flightc.Schedules;

/// <summary>
/// When regions of a core were last read and written, by unit: what a step has to wait for. Within a loop, rows of a
/// KV head only concern the same iteration.
/// </summary>
/// <param name="sharing">By region, the regions that it shares bytes with.</param>
internal sealed class CostOrder(int[][] sharing)
{
    private const int Units = InstructionSet.UnitCount;

    private readonly double[] _read = new double[sharing.Length * Units];
    private readonly double[] _written = new double[sharing.Length * Units];

    // Of the last use: the iteration, or -1 where it concerns all.
    private readonly int[] _iterations = new int[sharing.Length];

    /// <summary>Forgets everything: a loop begins.</summary>
    public void Clear()
    {
        Array.Clear(_read);
        Array.Clear(_written);
        Array.Fill(_iterations, -1);
    }

    /// <summary>When all is done that a unit's accesses have to come after.</summary>
    public double Ready(Unit unit, CostAccess[] accesses, int iteration = -1)
    {
        double ready = 0;
        foreach (CostAccess access in accesses)
        {
            int own = access.IsPerHead ? iteration : -1;
            foreach (int other in sharing[access.Region])
            {
                if (own >= 0 && _iterations[other] >= 0 && _iterations[other] != own)
                {
                    continue;
                }

                for (int u = 0, at = other * Units; u < Units; u++, at++)
                {
                    if (u != (int)unit)
                    {
                        ready = Math.Max(ready, _written[at]);
                        ready = access.Writes ? Math.Max(ready, _read[at]) : ready;
                    }
                }
            }
        }

        return ready;
    }

    /// <summary>A unit's accesses are done and seen at a time.</summary>
    public void Record(Unit unit, CostAccess[] accesses, double time, int iteration = -1)
    {
        foreach (CostAccess access in accesses)
        {
            int own = access.IsPerHead ? iteration : -1;
            int at = access.Region * Units;
            if (own != _iterations[access.Region])
            {
                Array.Clear(_read, at, Units);
                Array.Clear(_written, at, Units);
                _iterations[access.Region] = own;
            }

            double[] times = access.Writes ? _written : _read;
            times[at + (int)unit] = Math.Max(times[at + (int)unit], time);
        }
    }
}
