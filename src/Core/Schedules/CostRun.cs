using Flightc.Isa;
using Flightc.Targets;

namespace Flightc.Schedules;

/// <summary>One step of the model: the recursion over the steps of a phase, of <see cref="ScheduleCost"/>.</summary>
internal sealed class CostRun
{
    private readonly Schedule _schedule;
    private readonly CostPhase _phase;
    private readonly CostMachine _machine;
    private readonly CostLengths _lengths;
    private readonly double _lostPerExchange;
    private readonly Core[] _cores;
    private readonly CostMasks _masks;
    private double _ddrFree;

    public CostRun(
        Schedule schedule, CostPhase phase, CostMachine machine, CostProduct[][] products, CostLengths lengths, LostTime lost)
    {
        (_schedule, _phase, _machine, _lengths) = (schedule, phase, machine, lengths);
        _masks = new CostMasks(schedule, lengths);
        _lostPerExchange = lost.ExchangeSeconds * machine.ClockHertz;
        _cores =
        [
            .. schedule.Geometry.Cores.Select((range, c) => new Core(
                c, range.Count, schedule.SpreadOf(c), products[c], new CostRings(machine, lost.LoadSeconds * machine.ClockHertz),
                new CostOrder(phase.Regions), new CostOrder(phase.Regions))),
        ];
    }

    /// <summary>Cycles of the step.</summary>
    public double Cycles()
    {
        foreach (CostStep step in _phase.Steps)
        {
            if (step.Kind == StepKind.For)
            {
                Repeat(step);
            }
            else
            {
                Execute(step, -1);
            }
        }

        return _cores.Max(core => core.Seen.Max()) + 1;
    }

    private void Repeat(CostStep loop)
    {
        // Units that take part wait once for all that their iterations have to come after.
        foreach (Core core in _cores)
        {
            foreach (CostParty party in loop.Parties)
            {
                int unit = (int)party.Unit;
                double ready = core.Order.Ready(party.Unit, party.Conflicts);
                core.Free[unit] = Math.Max(core.Free[unit], ready) + (ready > 0 ? 1 : 0);
                if (party.Unit == Unit.Load)
                {
                    core.Rings.LoadWeights(Ahead(core));
                }
            }

            core.InLoop.Clear();
        }

        long most = loop.Numbers.Max();
        for (int i = 0; i < most; i++)
        {
            foreach (CostStep step in loop.Body)
            {
                Execute(step, i);
            }
        }

        foreach (Core core in _cores)
        {
            foreach (CostParty party in loop.Parties)
            {
                double seen = core.See(party.Unit, core.Free[(int)party.Unit] + 1);
                core.Order.Record(party.Unit, party.Accesses, seen + _machine.TokenCycles);
            }
        }
    }

    private void Execute(CostStep step, int iteration)
    {
        if (step.Unit == Unit.Exchange)
        {
            Exchange(step, iteration);
            return;
        }

        foreach (Core core in _cores)
        {
            if (iteration >= 0 && iteration >= _schedule.HeadsOf(core.Number).Count)
            {
                continue;
            }

            CostOrder order = iteration < 0 ? core.Order : core.InLoop;
            double ready = order.Ready(step.Unit, step.Conflicts, iteration);
            double seen = step.Unit switch
            {
                Unit.Load => Load(core, step, ready, iteration),
                Unit.Store => Store(core, step, ready),
                Unit.Misc => Run(core, step.Unit, ready, Special(core, step)),
                Unit.System => core.Seen.Max(),
                _ => Multiply(core, step, ready, iteration),
            };
            order.Record(step.Unit, step.Accesses, core.See(step.Unit, seen) + _machine.TokenCycles, iteration);
        }
    }

    private static double Run(Core core, Unit unit, double ready, double cycles) =>
        core.Free[(int)unit] = Math.Max(core.Free[(int)unit], ready) + Math.Max(1, cycles);

    private long TokensOf(CostStep step) => step.IsWanted ? _lengths.Wanted : _lengths.Tokens;

    private void Exchange(CostStep step, int iteration)
    {
        double start = 0;
        (long total, long least) = (0, long.MaxValue);
        foreach (Core core in _cores)
        {
            CostOrder order = iteration < 0 ? core.Order : core.InLoop;
            start = Math.Max(start, Math.Max(core.Free[(int)Unit.Exchange], order.Ready(Unit.Exchange, step.Conflicts, iteration)));
            long given = step.Numbers[core.Number] * TokensOf(step);
            (total, least) = (total + given, Math.Min(least, given));
        }

        double end = start + Math.Max(1, _machine.Units.Exchange(total, least)) + _lostPerExchange;
        foreach (Core core in _cores)
        {
            core.Free[(int)Unit.Exchange] = end;
            (iteration < 0 ? core.Order : core.InLoop).Record(
                Unit.Exchange, step.Accesses, core.See(Unit.Exchange, end) + _machine.TokenCycles, iteration);
        }
    }

    // Weights are never loaded further ahead than the ring has room for when all products so far are done.
    private long Ahead(Core core)
    {
        long page = _machine.Page;
        long wanted = (long)_machine.WeightRing * _schedule.Mapping.AheadPercent / 100 / page;
        long needed = (long)Math.Ceiling(core.Taken / page);
        long room = (long)((core.Taken + _machine.WeightRing) / page);
        return Math.Min((long)Math.Ceiling(core.Products[^1].End / page), Math.Min(needed + wanted, room));
    }

    private double Load(Core core, CostStep step, double ready, int iteration)
    {
        bool isCache = step.Kind == StepKind.LoadCache;
        bool isOfAll = isCache && step.IsOfAllHeads;
        if (ready > 0 || isOfAll)
        {
            core.Rings.LoadWeights(Ahead(core));
        }

        if (isCache && step.IsMasked)
        {
            // Rows of all heads are taken to lie together.
            long first = isOfAll ? 0 : iteration;
            long heads = isOfAll ? _schedule.HeadsOf(core.Number).Count : 1;
            long rows = Enumerable.Range((int)first, (int)heads).Sum(head => _masks.Of(core.Number, step.Layer, head).NeededRows(RowsOf(core)));
            core.Rings.LoadCache(rows, RowBytes(step.Step.Text("part") == "keys"), 1);
            return 0;
        }

        if (isCache)
        {
            core.Rings.LoadCache(
                RowsOf(core), RowBytes(step.Step.Text("part") == "keys"), isOfAll ? _schedule.HeadsOf(core.Number).Count : 1);
            return 0;
        }

        long bytes = step.Numbers[core.Number];
        return core.Rings.Load(ready, start =>
        {
            long rows = step.Kind switch
            {
                StepKind.LoadVector => step.Vectors,
                StepKind.LoadMask => CostMasks.BlocksOf(_lengths),
                _ => _lengths.Tokens,
            };
            if (step.Kind == StepKind.LoadIndexed)
            {
                start = _ddrFree = Math.Max(start, _ddrFree) + _machine.DdrCycles(1, rows * sizeof(uint));
                start += _machine.DdrLatency;
            }

            return _ddrFree = Math.Max(start, _ddrFree) + _machine.DdrCycles(rows, bytes);
        }, _machine.DdrLatency);
    }

    private double Store(Core core, CostStep step, double ready)
    {
        if (step.Kind == StepKind.StoreLogits)
        {
            double start = Math.Max(Math.Max(core.Free[(int)Unit.Store], ready), _ddrFree);
            double transfer = _machine.DdrCycles(_lengths.Wanted, sizeof(float) * step.Numbers[core.Number]);
            core.Free[(int)Unit.Store] = start + Math.Max(1, transfer);
            _ddrFree = transfer > 0 ? start + transfer : _ddrFree;
            return core.Free[(int)Unit.Store] + (transfer > 0 ? _machine.DdrLatency : 0);
        }

        double cycles = _machine.WriteCycles(
            StoredRows(core, step.Layer), step.Kind == StepKind.StoreScale ? 2 : _schedule.Cache.ValueRowBytes);
        core.Rings.Write(cycles);
        return Run(core, Unit.Store, ready, cycles) + (cycles > 0 ? _machine.HbmLatency : 0);
    }

    // Rows for the channel that gets most of the step's tokens, one of each of the core's heads: docs/memory.md §3.
    private long StoredRows(Core core, long layer)
    {
        long heads = _schedule.HeadsOf(core.Number).Count;
        long number = _schedule.IsLocal ? 0 : _schedule.Geometry.Cores[core.Number].First;
        long first = number - (layer * heads % core.Spread) - _lengths.Past;
        long most = 0;
        for (int channel = 0; channel < core.Channels; channel++)
        {
            long rows = 0;
            for (long head = 0; head < heads; head++)
            {
                long offset = (first + channel - head) % core.Spread;
                offset += offset < 0 ? core.Spread : 0;
                rows += offset < _lengths.Tokens ? CostMachine.Ceiling(_lengths.Tokens - offset, core.Spread) : 0;
            }

            most = Math.Max(most, rows);
        }

        return most;
    }

    private long RowsOf(Core core) => CostMachine.Ceiling(_lengths.Past, core.Spread);

    private long SlotsOf(Core core) => CostMachine.Ceiling(_lengths.Past + _lengths.Tokens, core.Spread);

    private long RowBytes(bool isKeys) => isKeys ? _schedule.Cache.KeyRowBytes : _schedule.Cache.ValueRowBytes;

    private double Special(Core core, CostStep step)
    {
        long tokens = TokensOf(step);
        long count = step.Numbers[core.Number];
        return step.Kind switch
        {
            StepKind.Quantize => _machine.Units.Sweep(tokens, count) + (step.Segments > 0 ? _machine.Units.Sweep(tokens, step.Segments) : 0),
            StepKind.Heads => 2 * _machine.Units.Sweep(tokens, count),
            StepKind.Norm => (step.SubtractsMean ? 3 : 2) * _machine.Units.Sweep(tokens, count),
            StepKind.Softmax => _machine.Units.Sweep(tokens * _schedule.Group, SlotsOf(core) * core.Channels),
            _ => _machine.Units.Sweep(tokens, count),
        };
    }

    private double Multiply(Core core, CostStep step, double ready, int iteration)
    {
        int unit = (int)step.Unit;
        double start = Math.Max(core.Free[unit], ready);
        if (step.Kind == StepKind.Linear)
        {
            CostProduct product = core.Products[step.Product];
            if (product.Bytes <= 0)
            {
                return core.Free[unit] = start + 1;
            }

            core.Taken = product.End;
            double taken = core.Rings.TakeWeights(product, start, _machine.Units.Product(product.DenseMacs, product.SparseMacs, TokensOf(step)));
            return core.Free[unit] = Math.Max(taken + _machine.MatrixFill, start + 1);
        }

        bool isScore = step.Kind == StepKind.Score;
        long rows = RowsOf(core);
        long rowBytes = RowBytes(isScore);
        double perSlot = _machine.Units.Attention(_lengths.Tokens * _schedule.Group, core.Channels, _schedule.Cache.HeadDim)
            * (isScore ? 1 : UnitTimes.ProbabilityPlanes);
        if (step.IsMasked)
        {
            MaskedWork work = _masks.Of(core.Number, step.Layer, iteration);
            double Cycles(long queryRows) => _machine.Units.Attention(queryRows, core.Channels, _schedule.Cache.HeadDim)
                * (isScore ? 1 : UnitTimes.ProbabilityPlanes);
            long needed = work.NeededRows(rows);
            double ofRows = work.Sum(0, rows, Cycles);
            double rest = work.Sum(rows, SlotsOf(core), Cycles) + (needed == 0 ? ofRows : 0);
            double taken = core.Rings.TakeRows(
                needed, rowBytes, start, needed == 0 ? 0 : Math.Max(ofRows / needed, (double)rowBytes / _machine.Width));
            return core.Free[unit] = Math.Max(taken, start) + rest + _machine.MatrixFill;
        }

        double off = core.Rings.TakeRows(rows, rowBytes, start, Math.Max(perSlot, (double)rowBytes / _machine.Width));
        return core.Free[unit] = Math.Max(off, start) + ((SlotsOf(core) - rows) * perSlot) + _machine.MatrixFill;
    }

    /// <summary>A core, as far as the recursion has come.</summary>
    private sealed record Core(
        int Number, int Channels, int Spread, CostProduct[] Products, CostRings Rings, CostOrder Order, CostOrder InLoop)
    {
        /// <summary>When each unit has ended its last step.</summary>
        public double[] Free { get; } = new double[InstructionSet.UnitCount];

        /// <summary>When all results of each unit can be seen.</summary>
        public double[] Seen { get; } = new double[InstructionSet.UnitCount];

        /// <summary>Bytes of each weight stream up to the last product.</summary>
        public double Taken { get; set; }

        /// <summary>Results can be seen in the order of a unit's steps.</summary>
        public double See(Unit unit, double time) => Seen[(int)unit] = Math.Max(Seen[(int)unit], time);
    }
}

/// <summary>The lengths of a step.</summary>
/// <param name="Past">Tokens before it.</param>
/// <param name="Tokens">Tokens of it.</param>
/// <param name="Wanted">Tokens whose logits are wanted.</param>
internal readonly record struct CostLengths(long Past, long Tokens, long Wanted);
