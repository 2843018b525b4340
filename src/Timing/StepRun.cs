using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Packing;
using Flightc.Targets;

namespace Flightc.Timing;

/// <summary>One step, event by event in the order of time: docs/timing.md §2.</summary>
/// <remarks>
/// An event is the start of an instruction, or a piece of a load. What an instruction takes off rings is computed
/// as soon as it is known when the data arrives, however far ahead that is; all that follows from it lies later.
/// </remarks>
internal sealed partial class StepRun
{
    private readonly Target _target;
    private readonly Explanation _explanation;
    private readonly ITimingObserver? _observer;
    private readonly InstructionCosts _costs;
    private readonly UnitTimes _units;
    private readonly DdrPort _ddr;
    private readonly CoreRun[] _cores;
    private readonly StepTally _tally;

    // By core and unit, and at the end the exchange of all cores: when the next event is.
    private readonly double[] _next;
    private double _end;
    private int _ended;

    public StepRun(
        PreparedProgram program, Target target, StepCase step, Explanation explanation, ITimingObserver? observer)
    {
        (_target, _explanation, _observer) = (target, explanation, observer);
        Geometry geometry = program.Program.Geometry;
        _units = new UnitTimes(target);
        _costs = new InstructionCosts(_units);
        _ddr = new DdrPort(target);
        long[] sources = program.Program.EvaluateRegisters(step.Past, step.Tokens, step.From);
        TimedStream[][] streams = program.Entry(step.Entry);
        _cores =
        [
            .. streams.Select((core, number) => new CoreRun(
                number, core, geometry, target, _ddr, sources, program.Work.Cores[number], program.Work.MaskBytes)),
        ];
        _tally = new StepTally(step, target);
        _next = new double[(_cores.Length * InstructionSet.UnitCount) + 1];
        Array.Fill(_next, double.PositiveInfinity);
    }

    /// <summary>Runs the step to its end.</summary>
    /// <exception cref="CompilationException">It stops for ever (FLC4001).</exception>
    public StepTiming Run()
    {
        FetchFirst();
        foreach (UnitRun unit in _cores.SelectMany(c => c.Units))
        {
            unit.FollowLoops();
            Prepare(unit);
        }

        while (true)
        {
            int first = First();
            double time = _next[first];
            if (double.IsPositiveInfinity(time) || (_ended == _cores.Length && time >= _end))
            {
                break;
            }

            if (first == _next.Length - 1)
            {
                Exchange(time);
            }
            else
            {
                (int core, int unit) = Math.DivRem(first, InstructionSet.UnitCount);
                Step(_cores[core], _cores[core].Units[unit], time);
            }
        }

        return _ended == _cores.Length
            ? _tally.Finish(_end, _cores, _ddr)
            : throw new CompilationException(
                Codes.ProgramInvalid,
                $"the step stops for ever: {_cores.Length - _ended} of {_cores.Length} cores do not reach their end",
                "", "run flightc verify on the image");
    }

    // All units begin to fetch at once, an instruction of each in turn.
    private void FetchFirst()
    {
        bool any = true;
        while (any)
        {
            any = false;
            foreach (UnitRun unit in _cores.SelectMany(c => c.Units))
            {
                any |= unit.Fetch.FetchOne(0);
            }
        }
    }

    private int First()
    {
        int first = 0;
        double time = _next[0];
        for (int i = 1; i < _next.Length; i++)
        {
            if (_next[i] < time)
            {
                (first, time) = (i, _next[i]);
            }
        }

        return first;
    }

    private void Prepare(UnitRun unit)
    {
        if (unit.IsRunning || unit.HasEnded)
        {
            return;
        }

        ref double next = ref _next[(unit.Core * InstructionSet.UnitCount) + (int)unit.Unit];
        double time = unit.EarliestStart();
        if (!unit.Current.IsExchange)
        {
            next = time;
            return;
        }

        next = double.PositiveInfinity;
        CoreRun core = _cores[unit.Core];
        core.ExchangeReady = time;
        double all = 0;
        foreach (CoreRun other in _cores)
        {
            all = Math.Max(all, other.ExchangeReady);
        }

        _next[^1] = all;
    }

    private void Exchange(double time)
    {
        _next[^1] = double.PositiveInfinity;
        long total = 0;
        long least = long.MaxValue;
        foreach (CoreRun core in _cores)
        {
            UnitRun unit = core.Units[(int)Unit.Exchange];
            long given = InstructionCosts.Given(unit.Current.Instruction, unit.Sources);
            total += given;
            least = Math.Min(least, given);
            unit.Begin(time, core.ExchangeReady);
            core.ExchangeReady = double.PositiveInfinity;
        }

        double barrier = _explanation == Explanation.Barrier
            ? _target.Timing.Fitted.BarrierSeconds * _target.ClockHertz
            : 0;
        double end = time + Math.Max(1, _units.Exchange(total, least)) + barrier;
        foreach (CoreRun core in _cores)
        {
            Finish(core, core.Units[(int)Unit.Exchange], end, end);
        }
    }

    private void Step(CoreRun core, UnitRun unit, double time)
    {
        if (unit.IsRunning)
        {
            LoadPiece(core, unit, time);
            return;
        }

        _next[(unit.Core * InstructionSet.UnitCount) + (int)unit.Unit] = double.PositiveInfinity;
        unit.Begin(time, time);
        switch (unit.Current.Instruction)
        {
            case LoadWeights i:
                BeginLoad(
                    core, unit,
                    new Load(true, i.Address.Evaluate(unit.Sources), i.Pages.Evaluate(unit.Sources), core.PageBytes, 1, 0), time);
                break;
            case LoadCache i:
                Load load = new(
                    false, i.Address.Evaluate(unit.Sources), i.Rows.Evaluate(unit.Sources), i.Bytes.Evaluate(unit.Sources),
                    i.Heads.Evaluate(unit.Sources), i.HeadPitch.Evaluate(unit.Sources));
                BeginLoad(core, unit, i.IsMasked ? Kept(load, InstructionCosts.KeptRuns(i, unit.Sources, core.Channels.Count, _target.Channels, core.Masks)) : load, time);
                break;
            case LoadTable or LoadIndexed:
                LoadRows(core, unit, time);
                break;
            case StoreCache or StoreCacheScale or StoreRows:
                Store(core, unit, time);
                break;
            case MultiplyWeights i:
                Multiply(core, unit, i, time);
                break;
            case MultiplyKeys i:
                Attend(core, unit, _costs.Score(i, unit.Sources, core.Channels.Count, _target.Channels, core.Masks), time);
                break;
            case MultiplyValues i:
                Attend(core, unit, _costs.Value(i, unit.Sources, core.Channels.Count, _target.Channels, core.Masks), time);
                break;
            case Synchronize:
                Finish(core, unit, time + 1, time + 1);
                break;
            case EndProgram:
                Finish(core, unit, time + 1, time + 1);
                _ended++;
                _end = Math.Max(_end, time + 1);
                break;
            default:
                double end = time + Math.Max(1, _costs.Special(unit.Current.Instruction, unit.Sources));
                Finish(core, unit, end, end);
                break;
        }
    }

    private static Load Kept(Load load, List<(long Address, long Rows)> runs) => load with { Heads = runs.Count, Kept = runs };

    private void Multiply(CoreRun core, UnitRun unit, MultiplyWeights instruction, double time)
    {
        if (instruction.Rows.Evaluate(unit.Sources) == 0)
        {
            Finish(core, unit, time + 1, time + 1);
            return;
        }

        ProductWork product = core.NextProduct();
        long tokens = instruction.Tokens.Evaluate(unit.Sources);
        double array = _units.Product(product.Total.DenseMacs, product.Total.SparseMacs, tokens);
        _tally.Product(product.Total, tokens);
        core.ArrayCycles += array;
        unit.IsRunning = true;
        core.WeightUser = unit;
        unit.Ideal = core.Weights.Begin(product, time, array, _target.Buffers.WidthBytes);
        unit.Rest = 0;
        Drain(core, isWeights: true);
    }

    private void Attend(CoreRun core, UnitRun unit, InstructionCosts.Attention need, double time)
    {
        // Rows off the rings at the pace of the slower of array and ring; slots of the step itself come from scratch.
        double perRow = need.Rows == 0 ? 0 : Math.Max(need.RowCycles / need.Rows, (double)need.RowBytes / _target.Buffers.WidthBytes);
        _tally.Attention(need.Macs);
        core.ArrayCycles += need.Cycles;
        unit.IsRunning = true;
        core.CacheUser = unit;
        unit.Ideal = need.Rows * perRow;
        unit.Rest = need.RestCycles;
        core.Cache.Begin(time, need.Rows, need.RowBytes, perRow);
        Drain(core, isWeights: false);
    }

    /// <summary>What the product takes that works on rings has changed, or what there is for it.</summary>
    private void Drain(CoreRun core, bool isWeights)
    {
        UnitRun? user = isWeights ? core.WeightUser : core.CacheUser;
        if (user is not null)
        {
            double taken = isWeights ? core.Weights.Drain() : core.Cache.Drain();
            if (!double.IsPositiveInfinity(taken))
            {
                core.WeightUser = isWeights ? null : core.WeightUser;
                core.CacheUser = isWeights ? core.CacheUser : null;
                user.Wait(StallCause.RingData, taken - user.Start - user.Ideal);
                double end = Math.Max(taken + user.Rest + _target.Timing.Pipeline.MatrixFillCycles, user.Start + 1);
                Finish(core, user, end, end);
            }
        }

        UnitRun loader = core.Units[(int)Unit.Load];
        if (loader.IsRunning && core.Load.IsWeights == isWeights)
        {
            ScheduleLoad(core, loader);
        }
    }

    private void Finish(CoreRun core, UnitRun unit, double end, double visible)
    {
        int release = unit.Current.Release;
        _next[(unit.Core * InstructionSet.UnitCount) + (int)unit.Unit] = double.PositiveInfinity;
        _tally.Scratch(ScratchTraffic.Of(unit.Current.Instruction, unit.Sources, core.Channels.Count));
        double token = unit.Visible(visible) + _target.Timing.Pipeline.TokenCycles;
        unit.End(end, _observer);
        unit.FollowLoops();
        Prepare(unit);
        for (int other = 0; release >> other != 0; other++)
        {
            if ((release >> other & 1) == 1)
            {
                core.Units[other].Tokens[(int)unit.Unit].Enqueue(token);
                Prepare(core.Units[other]);
            }
        }
    }
}
