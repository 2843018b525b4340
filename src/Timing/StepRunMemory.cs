using Flightc.Isa;

namespace Flightc.Timing;

/// <summary>What the load and store units do.</summary>
internal sealed partial class StepRun
{
    private void BeginLoad(CoreRun core, UnitRun unit, Load load, double time)
    {
        core.Load = load;
        core.LoadCursor = time;
        unit.IsRunning = true;
        if (load.IsDone)
        {
            FinishLoad(core, unit, time + 1, time + 1);
            return;
        }

        ScheduleLoad(core, unit);
    }

    private void ScheduleLoad(CoreRun core, UnitRun unit)
    {
        double space = core.Load.IsWeights
            ? core.Weights.SpaceTime
            : core.Cache.SpaceTime(core.Load.NextRows(core.RunBytes) * (double)core.Load.Bytes);
        _next[(unit.Core * InstructionSet.UnitCount) + (int)unit.Unit] = Math.Max(core.LoadCursor, space);
    }

    private void LoadPiece(CoreRun core, UnitRun unit, double time)
    {
        Load load = core.Load;
        long count = load.IsWeights ? 1 : load.NextRows(core.RunBytes);
        unit.Wait(StallCause.RingSpace, time - core.LoadCursor);
        double start = core.Hbm.Read(time, load.RunAddress, load.Done * load.Bytes, (load.Done + count) * load.Bytes);
        unit.Wait(StallCause.Memory, start - time);
        double end = core.Hbm.Free;
        long bytes = count * load.Bytes * core.Channels.Count;
        core.LoadCursor = end;
        core.Load = load = load.Advance(count);
        if (load.IsWeights)
        {
            _tally.WeightPages(bytes);
            core.Weights.Push(end + core.Hbm.Latency);
        }
        else
        {
            _tally.CacheRows(bytes);
            double first = start + ((end - start) / count);
            core.Cache.Push(count, load.Bytes, first + core.Hbm.Latency, end + core.Hbm.Latency);
        }

        _observer?.Claimed(
            unit.Core, load.IsWeights, time, load.IsWeights ? core.Weights.Fill(time) : core.Cache.Fill(time));
        if (load.IsDone)
        {
            FinishLoad(core, unit, end, end + core.Hbm.Latency);
        }
        else
        {
            ScheduleLoad(core, unit);
        }

        Drain(core, load.IsWeights);
    }

    private void LoadRows(CoreRun core, UnitRun unit, double time)
    {
        double start;
        if (unit.Current.Instruction is LoadTable table)
        {
            long rows = table.Rows.Evaluate(unit.Sources);
            long bytes = table.Bytes.Evaluate(unit.Sources);
            core.Masks.Load(table, unit.Sources);
            start = _ddr.Access(time, rows, bytes);
            _tally.Tables(rows * bytes);
        }
        else
        {
            LoadIndexed indexed = (LoadIndexed)unit.Current.Instruction;
            long rows = indexed.Rows.Evaluate(unit.Sources);
            long bytes = indexed.Bytes.Evaluate(unit.Sources);

            // Where the rows are is known only when the list of indices has arrived.
            start = _ddr.Access(time, 1, rows * sizeof(uint));
            _ddr.Access(_ddr.Free + _ddr.Latency, rows, bytes);
            _tally.Ids(rows * sizeof(uint));
            _tally.Tables(rows * bytes);
        }

        unit.Wait(StallCause.Memory, start - time);
        FinishLoad(core, unit, Math.Max(_ddr.Free, time + 1), Math.Max(_ddr.Free, time + 1) + _ddr.Latency);
    }

    private void FinishLoad(CoreRun core, UnitRun unit, double end, double arrival)
    {
        if (_explanation == Explanation.Load)
        {
            double latency = _target.Timing.Fitted.LoadSeconds * _target.ClockHertz;
            unit.Wait(StallCause.Memory, latency);
            end += latency;
            arrival = Math.Max(arrival, end);
        }

        Finish(core, unit, end, arrival);
    }

    private void Store(CoreRun core, UnitRun unit, double time)
    {
        (double start, double end, double latency) = (time, time + 1, 0);
        switch (unit.Current.Instruction)
        {
            case StoreRows i:
                long rows = i.Rows.Evaluate(unit.Sources);
                long rowBytes = i.Bytes.Evaluate(unit.Sources);
                _tally.Logits(rows * rowBytes);
                if (rows * rowBytes > 0)
                {
                    (start, end, latency) = (_ddr.Access(time, rows, rowBytes), _ddr.Free, _ddr.Latency);
                }

                break;
            case StoreCache i:
                (start, end, latency) = Append(core, unit, time, i.Past, i.Tokens, i.Rotation, i.Local, i.Heads, i.Bytes.Evaluate(unit.Sources));
                break;
            case StoreCacheScale i:
                (start, end, latency) = Append(core, unit, time, i.Past, i.Tokens, i.Rotation, i.Local, i.Heads, 2);
                break;
        }

        unit.Wait(StallCause.Memory, start - time);
        Finish(core, unit, end, end + latency);
    }

    private (double Start, double End, double Latency) Append(
        CoreRun core, UnitRun unit, double time, Operand past, Operand tokens, Operand rotation, Operand local,
        Operand heads, long bytes)
    {
        bool isLocal = local.Evaluate(unit.Sources) == 1;
        (long most, long all) = InstructionCosts.Stored(
            past.Evaluate(unit.Sources), tokens.Evaluate(unit.Sources), rotation.Evaluate(unit.Sources), heads.Evaluate(unit.Sources),
            isLocal ? core.Channels with { First = 0 } : core.Channels, isLocal ? core.Channels.Count : _target.Channels);
        _tally.Stored(all * bytes);
        return most == 0 ? (time, time + 1, 0) : (core.Hbm.Write(time, most, bytes), core.Hbm.Free, core.Hbm.Latency);
    }
}
