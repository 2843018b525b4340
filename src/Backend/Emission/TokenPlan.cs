using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Schedules;

namespace Flightc.Backend.Emission;

/// <summary>
/// Finds out which steps must wait for which: two steps of different units that use the same scratch bytes,
/// one of them writing, get a token from the earlier to the later, unless other tokens already order them.
/// The same plan serves every core.
/// </summary>
/// <remarks>
/// Each unit carries a vector clock: for every unit the last item known to be complete. An edge is added only
/// where the clock does not know it, and taking a token merges the producer's clock; so tokens of an ordered
/// pair never cross, and none is superfluous. A loop's body is planned for one iteration and looked at for a
/// second one: its tokens must be the same, or the body would not be token-neutral. What a loop needs from
/// before it, and what later steps need from it, goes through a synchronisation of each unit.
/// </remarks>
internal sealed class TokenPlan
{
    private readonly Schedule _schedule;
    private readonly Unit _matrixUnit;
    private readonly string _phase;
    private readonly List<PlannedItem> _items = [];
    private readonly List<(int Item, Access Access)>[] _accesses = [.. Enumerable.Range(0, InstructionSet.UnitCount).Select(_ => new List<(int, Access)>())];
    private readonly int[][] _clocks = [.. Enumerable.Range(0, InstructionSet.UnitCount).Select(_ => NewClock())];

    private TokenPlan(Schedule schedule, Phase phase) =>
        (_schedule, _matrixUnit, _phase) = (schedule, phase.MatrixUnit, phase.Name);

    /// <summary>The items of a phase, in an order that any core could execute one by one.</summary>
    /// <exception cref="CompilationException">An iteration of a loop must wait for the one before
    /// (FLC3002).</exception>
    public static IReadOnlyList<PlannedItem> Of(Schedule schedule, Phase phase)
    {
        TokenPlan plan = new(schedule, phase);
        plan.Plan(phase.Steps);
        return [.. plan._items.Where(i => !i.IsRehearsal && !(i.Step is null && i.Wait == Units.None && i.Release == Units.None))];
    }

    /// <summary>The unit that executes a step.</summary>
    public static Unit UnitOf(Step step, Unit matrixUnit) => StepDefinition.Of(step.Kind).Unit ?? matrixUnit;

    private void Plan(IReadOnlyList<Step> steps)
    {
        for (int i = 0; i < steps.Count; i++)
        {
            if (steps[i].Kind == StepKind.For)
            {
                int end = i + 1;
                while (steps[end].Kind != StepKind.End)
                {
                    end++;
                }

                PlanLoop(steps[i], [.. steps.Skip(i + 1).Take(end - i - 1)], steps[end]);
                i = end;
            }
            else if (steps[i].Kind == StepKind.Finish)
            {
                PlannedItem finish = Append(new PlannedItem(steps[i], Unit.System));
                Wait(finish, [.. Enumerable.Range(0, InstructionSet.UnitCount).Select(LastItemOf)]);
            }
            else
            {
                Access[] accesses = [.. AccessesOf(steps[i], -1)];
                PlannedItem item = Append(new PlannedItem(steps[i], UnitOf(steps[i], _matrixUnit)));
                Wait(item, Conflicts(item.Unit, accesses));
                Record(item, accesses);
            }
        }
    }

    private void PlanLoop(Step begin, Step[] body, Step end)
    {
        Unit[] units = [.. body.Select(s => UnitOf(s, _matrixUnit)).Distinct().Order()];
        Dictionary<Unit, Access[]> all = units.ToDictionary(u => u, u =>
            body.Where(s => UnitOf(s, _matrixUnit) == u).SelectMany(s => AccessesOf(s, -1)).ToArray());
        foreach (Unit unit in units)
        {
            PlannedItem before = Append(new PlannedItem(null, unit));
            Wait(before, Conflicts(unit, all[unit]));
            before.Known = [.. _clocks[(int)unit]];
        }

        Units takingPart = units.Aggregate(Units.None, (set, u) => set | Set(u));
        _items.Add(new PlannedItem(begin, Unit.System) { LoopUnits = takingPart });
        int marker = _items.Count;
        PlannedItem[] first = PlanBody(body, 0, false);
        _items.Add(new PlannedItem(end, Unit.System) { LoopUnits = takingPart });
        PlannedItem[] second = PlanBody(body, 1, true);
        for (int i = 0; i < body.Length; i++)
        {
            if (first[i].Wait != second[i].Wait || first[i].Release != second[i].Release)
            {
                throw new CompilationException(
                    Codes.ScheduleInvalid,
                    $"the loop at '{begin.Name}' needs a token across iterations at {StepDefinition.Of(body[i].Kind).Mnemonic} '{body[i].Name}': "
                    + $"{first[i].Wait}/{first[i].Release} in the first, then {second[i].Wait}/{second[i].Release}",
                    _phase,
                    "let the step that begins an iteration stand in the unit that ends one, or give the region a row per KV head");
            }
        }

        foreach (List<(int Item, Access Access)> list in _accesses)
        {
            list.RemoveAll(a => a.Item >= marker);
        }

        foreach (Unit unit in units)
        {
            Record(Append(new PlannedItem(null, unit)), all[unit]);
        }
    }

    private PlannedItem[] PlanBody(Step[] body, int iteration, bool isRehearsal)
    {
        PlannedItem[] items = new PlannedItem[body.Length];
        for (int i = 0; i < body.Length; i++)
        {
            Access[] accesses = [.. AccessesOf(body[i], iteration)];
            items[i] = Append(new PlannedItem(body[i], UnitOf(body[i], _matrixUnit)) { IsRehearsal = isRehearsal });
            Wait(items[i], Conflicts(items[i].Unit, accesses));
            Record(items[i], accesses);
        }

        return items;
    }

    private PlannedItem Append(PlannedItem item)
    {
        _items.Add(item);
        return item;
    }

    /// <summary>The latest item of every unit that conflicts; -1 where none does.</summary>
    private int[] Conflicts(Unit unit, Access[] accesses)
    {
        int[] latest = NewClock();
        for (int other = 0; other < InstructionSet.UnitCount; other++)
        {
            List<(int Item, Access Access)> list = _accesses[other];
            for (int i = list.Count - 1; other != (int)unit && i >= 0 && list[i].Item > _clocks[(int)unit][other]; i--)
            {
                if (accesses.Any(a => a.ConflictsWith(list[i].Access)))
                {
                    latest[other] = list[i].Item;
                    break;
                }
            }
        }

        return latest;
    }

    private void Wait(PlannedItem item, int[] producers)
    {
        int[] clock = _clocks[(int)item.Unit];
        // The latest first: its clock may know the others.
        foreach (int producer in producers.Where(p => p >= 0).OrderDescending())
        {
            Unit unit = _items[producer].Unit;
            if (unit != item.Unit && clock[(int)unit] < producer)
            {
                item.Wait |= Set(unit);
                _items[producer].Release |= Set(item.Unit);
                for (int u = 0; u < InstructionSet.UnitCount; u++)
                {
                    clock[u] = Math.Max(clock[u], _items[producer].Known[u]);
                }
            }
        }
    }

    private void Record(PlannedItem item, Access[] accesses)
    {
        int index = _items.LastIndexOf(item);
        int unit = (int)item.Unit;
        _clocks[unit][unit] = index;
        item.Known = [.. _clocks[unit]];
        _accesses[unit].AddRange(accesses.Select(a => (index, a)));
        if (accesses.Length == 0)
        {
            // So that the end of the program finds it.
            _accesses[unit].Add((index, default));
        }
    }

    private int LastItemOf(int unit) => _accesses[unit].Count == 0 ? -1 : _accesses[unit][^1].Item;

    private IEnumerable<Access> AccessesOf(Step step, int iteration)
    {
        foreach (ArgumentDefinition definition in StepDefinition.Of(step.Kind).Arguments)
        {
            if (definition.Role is ArgumentRole.Read or ArgumentRole.Write or ArgumentRole.Update
                && step.Find(definition.Key) is { } name)
            {
                Region region = _schedule.RegionOf(name);
                yield return new Access(
                    region.Address, region.Address + region.Bytes, definition.Role != ArgumentRole.Read,
                    region.IsPerHead ? iteration : -1);
            }
        }
    }

    private static Units Set(Unit unit) => (Units)(1 << (int)unit);

    private static int[] NewClock()
    {
        int[] clock = new int[InstructionSet.UnitCount];
        Array.Fill(clock, -1);
        return clock;
    }

    /// <summary>
    /// Scratch bytes that an item uses. Rows of a KV head conflict only with the same iteration, or with what
    /// lies outside the loop.
    /// </summary>
    private readonly record struct Access(long Start, long End, bool Writes, int Iteration)
    {
        public bool ConflictsWith(Access other) =>
            (Writes || other.Writes) && Start < other.End && other.Start < End
            && (Iteration == other.Iteration || Iteration < 0 || other.Iteration < 0);
    }
}
