namespace Flightc.Isa.Hazards;

/// <summary>
/// Rows of one <c>ld.kv</c> that one attention product pops, oldest first: rings are queues, so who pops what
/// does not depend on timing.
/// </summary>
/// <param name="FirstRow">Number of the first in the load.</param>
/// <param name="Rows">How many.</param>
/// <param name="SlotRow">Row of slots, of the product, that the first one fills.</param>
/// <param name="Rotation">The product's <c>rot</c>.</param>
/// <param name="Past">The product's <c>past</c>.</param>
internal readonly record struct CacheRead(long FirstRow, long Rows, long SlotRow, long Rotation, long Past);

/// <summary>
/// Tells which rows of the KV cache a step really reads. A load takes as many rows from every channel, and in
/// the last of them some channels have no past token: what comes off the ring there is dropped unseen
/// (docs/isa.md, <c>mm.score</c>), so it may be the row that the step is storing.
/// </summary>
internal static class CacheReads
{
    /// <summary>Pairs the loads of a core with the products that pop them.</summary>
    /// <param name="streams">The core's streams.</param>
    /// <param name="sources">Values of registers.</param>
    /// <param name="budget">What instructions take from.</param>
    /// <returns>By <c>ld.kv</c> as executed.</returns>
    public static List<List<CacheRead>> Of(PreparedStream[] streams, long[] sources, WorkBudget budget)
    {
        Queue<CacheRead> pops = new();
        foreach (Unit unit in (ReadOnlySpan<Unit>)[Unit.Matrix, Unit.Vector])
        {
            Walk(streams[(int)unit], sources, budget, (instruction, values) =>
            {
                CacheRead? pop = instruction switch
                {
                    MultiplyKeys i => new(0, i.Rows.Evaluate(values), 0, i.Rotation.Evaluate(values), i.Past.Evaluate(values)),
                    MultiplyValues i => new(0, i.Rows.Evaluate(values), 0, i.Rotation.Evaluate(values), i.Past.Evaluate(values)),
                    _ => null,
                };
                if (pop is { Rows: > 0 } some)
                {
                    pops.Enqueue(some);
                }
            });
        }

        List<List<CacheRead>> loads = [];
        CacheRead current = default;
        Walk(streams[(int)Unit.Load], sources, budget, (instruction, values) =>
        {
            if (instruction is LoadCache load)
            {
                loads.Add(Take(load.Rows.Evaluate(values), pops, ref current));
            }
        });
        return loads;
    }

    /// <summary>How many rows of a channel, from row 0 on, hold past tokens: those u of <c>mm.score</c> that are below past.</summary>
    /// <param name="geometry">The machine.</param>
    /// <param name="channel">Number of the channel in the machine.</param>
    /// <param name="rotation">The product's <c>rot</c>.</param>
    /// <param name="past">The product's <c>past</c>.</param>
    public static long PastRows(Geometry geometry, int channel, long rotation, long past)
    {
        long channels = geometry.Channels;
        long first = (((channel - rotation) % channels) + channels) % channels;
        return past <= first ? 0 : (past - first + channels - 1) / channels;
    }

    private static List<CacheRead> Take(long rows, Queue<CacheRead> pops, ref CacheRead current)
    {
        List<CacheRead> taken = [];
        for (long row = 0; row < rows;)
        {
            if (current.Rows == 0 && !pops.TryDequeue(out current))
            {
                // Nobody pops these: the step does not end well, and that is reported elsewhere.
                break;
            }

            long count = Math.Min(rows - row, current.Rows);
            taken.Add(current with { FirstRow = row, Rows = count });
            current = current with { Rows = current.Rows - count, SlotRow = current.SlotRow + count };
            row += count;
        }

        return taken;
    }

    private static void Walk(PreparedStream stream, long[] sources, WorkBudget budget, Action<Instruction, long[]> visit)
    {
        RunningStream running = new(sources);
        while (running.At < stream.Length && !budget.IsSpent)
        {
            ref readonly PreparedInstruction instruction = ref stream[running.At];
            budget.Take(1);
            if (!running.FollowLoop(instruction))
            {
                visit(instruction.Instruction, running.Sources);
                running.At++;
            }
        }
    }
}
