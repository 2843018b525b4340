namespace Flightc.Isa.Hazards;

/// <summary>
/// The rows of the KV cache that one core's instructions read and write in a step.
/// </summary>
/// <remarks>
/// A load takes as many rows from every channel, and in the last of them some channels have no past token: what
/// comes off the ring there is dropped unseen (docs/isa.md, <c>mm.score</c>), and may be the row that the step
/// is storing. So a load counts as reading what the product that pops it makes use of. Rings are queues: who
/// pops what does not depend on timing.
/// </remarks>
internal sealed class CacheTraffic
{
    private readonly Geometry _geometry;
    private readonly ChannelRange _channels;
    private readonly List<CacheRows> _reads = [];
    private readonly List<CacheRows> _writes = [];
    private readonly Lazy<ILookup<int, CacheRows>> _readsByNumber;
    private readonly Lazy<ILookup<int, CacheRows>> _writesByNumber;

    /// <summary>Walks through a core's streams.</summary>
    /// <param name="geometry">The machine.</param>
    /// <param name="core">The core.</param>
    /// <param name="streams">Its streams.</param>
    /// <param name="sources">Values of registers.</param>
    /// <param name="budget">What instructions take from.</param>
    public CacheTraffic(Geometry geometry, int core, PreparedStream[] streams, long[] sources, WorkBudget budget)
    {
        _geometry = geometry;
        _channels = geometry.Cores[core];
        _readsByNumber = new(() => _reads.ToLookup(r => r.Number));
        _writesByNumber = new(() => _writes.ToLookup(w => w.Number));
        Queue<Popped> pops = new();
        foreach (Unit unit in (ReadOnlySpan<Unit>)[Unit.Matrix, Unit.Vector])
        {
            Walk(streams[(int)unit], sources, budget, (instruction, values) =>
            {
                if (instruction is MultiplyKeys keys)
                {
                    pops.Enqueue(Pop(keys.Rows, keys.Rotation, keys.Past, keys.Local, values));
                }
                else if (instruction is MultiplyValues products)
                {
                    pops.Enqueue(Pop(products.Rows, products.Rotation, products.Past, products.Local, values));
                }
            });
        }

        AddReads(streams[(int)Unit.Load], sources, pops, budget);
        AddWrites(streams[(int)Unit.Store], sources, budget);
        Meet = FindMeeting(budget);
    }

    /// <summary>Whether a byte is read by one instruction and written by another.</summary>
    public bool Meet { get; }

    /// <summary>
    /// What a load reads, or a store writes, in each of the core's channels; several sets where several products
    /// pop a load.
    /// </summary>
    /// <param name="number">Its number among the loads, or stores, of the cache as executed.</param>
    /// <param name="isWrite">Whether it is a store.</param>
    public IEnumerable<ByteRows[]> Of(int number, bool isWrite) =>
        from rows in (isWrite ? _writesByNumber : _readsByNumber).Value[number]
        let parts = Enumerable.Range(_channels.First, _channels.Count).Select(channel => rows.In(channel))
        let some = parts.OfType<ByteRows>().ToArray()
        where some.Length > 0
        select some;

    private Popped Pop(Operand rows, Operand rotation, Operand past, Operand local, long[] values) =>
        new(rows.Evaluate(values), rotation.Evaluate(values), past.Evaluate(values), SpreadOf(local, values));

    private ChannelRange SpreadOf(Operand local, long[] values) =>
        local.Evaluate(values) == 1 ? _channels : new ChannelRange(0, _geometry.Channels);

    private void AddReads(
        PreparedStream loads, long[] sources, Queue<Popped> pops, WorkBudget budget)
    {
        int number = 0;
        long popped = 0;
        Walk(loads, sources, budget, (instruction, values) =>
        {
            if (instruction is not LoadCache load)
            {
                return;
            }

            long bytes = load.Bytes.Evaluate(values);
            for (long head = 0; head < load.Heads.Evaluate(values); head++)
            {
                long address = load.Address.Evaluate(values) + (head * load.HeadPitch.Evaluate(values));
                long left = load.Rows.Evaluate(values);
                while (left > 0 && pops.TryPeek(out Popped pop))
                {
                    budget.Take(1);
                    long rows = Math.Min(left, pop.Rows - popped);
                    if (rows > 0)
                    {
                        _reads.Add(new(number, address, bytes, bytes, popped, rows, pop.Rotation, pop.Spread, 0, pop.Past));
                    }

                    (left, address, popped) = (left - rows, address + (rows * bytes), popped + rows);
                    if (popped >= pop.Rows)
                    {
                        pops.Dequeue();
                        popped = 0;
                    }
                }
            }

            number++;
        });
    }

    private void AddWrites(PreparedStream stores, long[] sources, WorkBudget budget)
    {
        int number = 0;
        Walk(stores, sources, budget, (instruction, values) =>
        {
            if (instruction is StoreCache i)
            {
                AddWrite(
                    i.Address, i.Pitch, i.Bytes.Evaluate(values), i.Rotation, i.Past, i.Tokens, i.Local, i.Heads, i.HeadPitch);
            }
            else if (instruction is StoreCacheScale scale)
            {
                AddWrite(
                    scale.Address, scale.Pitch, sizeof(ushort), scale.Rotation, scale.Past, scale.Tokens, scale.Local,
                    scale.Heads, scale.HeadPitch);
            }

            void AddWrite(
                Operand address, Operand pitch, long bytes, Operand rotation, Operand past, Operand tokens, Operand local,
                Operand heads, Operand headPitch)
            {
                long first = past.Evaluate(values);
                for (long head = 0; head < heads.Evaluate(values); head++)
                {
                    budget.Take(1);
                    _writes.Add(new(
                        number, address.Evaluate(values) + (head * headPitch.Evaluate(values)), pitch.Evaluate(values), bytes, 0,
                        long.MaxValue, rotation.Evaluate(values) + head, SpreadOf(local, values), first,
                        first + tokens.Evaluate(values)));
                }

                number++;
            }
        });
    }

    private bool FindMeeting(WorkBudget budget)
    {
        (long Start, long End, CacheRows Rows)[] reads = Sorted(_reads);
        (long Start, long End, CacheRows Rows)[] writes = Sorted(_writes);
        int open = 0;
        long longest = writes.Length == 0 ? 0 : writes.Max(w => w.End - w.Start);
        foreach ((long start, long end, CacheRows read) in reads)
        {
            while (open < writes.Length && writes[open].Start <= start - longest)
            {
                open++;
            }

            for (int i = open; i < writes.Length && writes[i].Start < end && !budget.IsSpent; i++)
            {
                budget.Take(1);
                if (writes[i].End > start && Meets(read, writes[i].Rows))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static (long Start, long End, CacheRows Rows)[] Sorted(List<CacheRows> all)
    {
        (long Start, long End, CacheRows Rows)[] sorted =
            [.. all.Select(rows => (rows.Start, rows.End, rows))];
        Array.Sort(sorted, (a, b) => a.Start.CompareTo(b.Start));
        return sorted;
    }

    private bool Meets(in CacheRows read, in CacheRows write)
    {
        for (int channel = _channels.First; channel < _channels.First + _channels.Count; channel++)
        {
            if (read.In(channel) is { } a && write.In(channel) is { } b
                && ByteRows.Common(a, b) is not null)
            {
                return true;
            }
        }

        return false;
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

    /// <summary>Rows that a product takes off the ring, and which tokens they hold.</summary>
    private readonly record struct Popped(long Rows, long Rotation, long Past, ChannelRange Spread);
}
