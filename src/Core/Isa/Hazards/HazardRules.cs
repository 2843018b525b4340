using System.Globalization;

namespace Flightc.Isa.Hazards;

/// <summary>
/// Proves that the results of one step do not depend on timing: of any two accesses to the same byte by
/// different units, one of them a write, one ends before the other starts, whatever the timing; and no byte of
/// scratch is read before the step has written it.
/// </summary>
/// <remarks>
/// <para>
/// What starts after what has ended follows from the order within a unit and from tokens: the k-th token that a
/// unit gives another is the k-th that this one takes, under any timing, since counters have one giver and one
/// taker. So one execution, in whatever order, gives every instruction its vector clock, and in that order
/// everything that must come before an access has been seen when the access is looked at. That rings make the
/// matrix engine wait for data, and loads for space, is not used: it orders more.
/// </para>
/// <para>
/// An exchange happens on all cores at once. Scratch and channels are accessed by their own core only, if the
/// blocks that a gather receives count as written by the exchange unit that receives them; a path from one unit
/// of a core to another that leads through other cores begins and ends with exchanges of that core, which are in
/// order anyway. So clocks need not know other cores. DDR is shared: an access of another core has ended if an
/// exchange that waited for it has.
/// </para>
/// <para>
/// Of each footprint only the last reader and writer of every unit is kept: if it has ended, those of the same
/// unit before it have. A step costs one comparison for each footprint that overlaps one accessed.
/// </para>
/// </remarks>
internal sealed class HazardRules
{
    // Far more than a step of any model that fits a card.
    private const long MaxWork = 200_000_000;
    private const int MaxFindings = 200;

    private readonly EntryPoint _entry;
    private readonly PreparedStream[][] _streams;
    private readonly InstructionShapes _shapes;
    private readonly CoreHazards[] _cores;
    private readonly WorkBudget _budget = new(MaxWork);
    private readonly List<(int Core, Unit Unit, int Index, string Message)> _findings = [];
    private bool _usesDdr;

    /// <summary>Prepares the proof of a step.</summary>
    /// <param name="program">The program.</param>
    /// <param name="entry">An entry whose streams are well formed and whose addresses lie within bounds.</param>
    /// <param name="streams">Its streams, prepared.</param>
    /// <param name="shapes">Their shapes.</param>
    /// <param name="sources">Values of registers.</param>
    public HazardRules(
        MachineProgram program, EntryPoint entry, PreparedStream[][] streams, InstructionShapes shapes, long[] sources)
    {
        (_entry, _streams, _shapes) = (entry, streams, shapes);
        FootprintMap ddr = new(InstructionSet.UnitCount * streams.Length, _budget);
        _cores = new CoreHazards[streams.Length];
        for (int core = 0; core < streams.Length; core++)
        {
            CacheTraffic cache = new(program.Geometry, core, streams[core], sources, _budget);
            _cores[core] = new CoreHazards(new HazardAccess(program, core, cache, ddr, _budget), _budget);
        }
    }

    /// <summary>Looks at an instruction that starts, in an order of execution that is possible.</summary>
    /// <param name="core">Its core.</param>
    /// <param name="unit">Its unit.</param>
    /// <param name="index">Its number in the stream; it is not one of an exchange.</param>
    /// <param name="sources">Values of registers and loop indices.</param>
    public void Start(int core, int unit, int index, long[] sources)
    {
        ref readonly PreparedInstruction instruction = ref _streams[core][unit][index];
        _cores[core].Clocks[unit].Take(instruction.Wait);
        Look(core, unit, index, new ReadOnlySpan<PreparedInstruction>(in instruction), new ReadOnlySpan<long[]>(in sources));
        if (unit == (int)Unit.Exchange)
        {
            List<int> exchanges = _cores[core].Exchanges;
            exchanges.Add(exchanges.Count == 0 ? 0 : exchanges[^1]);
        }
    }

    /// <summary>Looks at an exchange, which starts on all cores.</summary>
    /// <param name="running">By core, by unit: where the streams are.</param>
    public void StartExchange(RunningStream[][] running)
    {
        const int unit = (int)Unit.Exchange;
        PreparedInstruction[] together = new PreparedInstruction[_cores.Length];
        long[][] sources = new long[_cores.Length][];
        for (int core = 0; core < _cores.Length; core++)
        {
            together[core] = _streams[core][unit][running[core][unit].At];
            sources[core] = running[core][unit].Sources;
            _cores[core].Clocks[unit].Take(together[core].Wait);
        }

        for (int core = 0; core < _cores.Length; core++)
        {
            Look(core, unit, running[core][unit].At, together, sources);
            _cores[core].EndedBeforeExchange.Add(_usesDdr ? [.. _cores[core].Clocks[unit].Ended] : []);
            _cores[core].Exchanges.Add(_cores[core].EndedBeforeExchange.Count);
        }
    }

    /// <summary>Looks at an instruction that ends.</summary>
    public void End(int core, int unit, int release)
    {
        UnitClock[] clocks = _cores[core].Clocks;
        clocks[unit].Ended[unit]++;
        if (release != 0)
        {
            int[] ended = [.. clocks[unit].Ended];
            for (int taker = 0; release >> taker != 0; taker++)
            {
                if ((release >> taker & 1) == 1)
                {
                    clocks[taker].Receive(unit, ended);
                }
            }
        }
    }

    /// <summary>Reports what was found.</summary>
    /// <param name="report">Takes errors.</param>
    /// <param name="step">The step, for messages.</param>
    /// <returns>Whether anything was.</returns>
    public bool Report(VerifierReport report, StepLengths step)
    {
        foreach ((int core, Unit unit, int index, string message) in _findings)
        {
            report.Error(_entry, core, unit, index, $"{step}: {message}");
        }

        report.Require(
            !_budget.IsSpent, _entry.Name, $"{step}: too many different accesses overlap to prove the absence of hazards");
        return _findings.Count > 0 || _budget.IsSpent;
    }

    private void Look(
        int core, int unit, int index, ReadOnlySpan<PreparedInstruction> together, ReadOnlySpan<long[]> sources)
    {
        if (_budget.IsSpent)
        {
            return;
        }

        CoreHazards here = _cores[core];
        Use[] uses = here.Access.Of(_shapes.Of(core, unit, index), together, sources, out bool areNew);
        if (areNew)
        {
            CheckItself(core, (Unit)unit, index, uses);
        }

        int number = here.Executed[unit].Count;
        here.Executed[unit].Add(index);
        foreach (Use use in uses)
        {
            bool isShared = use.Space == MemorySpace.Ddr;
            _budget.Take(use.Footprint.Overlaps.Count);
            foreach (Footprint other in use.Footprint.Overlaps)
            {
                Check(core, unit, index, use, other, isShared);
            }

            // What is added to bytes that nobody wrote, such as those that pad a block of rows, is as unknown as they
            // are: they do not count as written, and whoever reads them otherwise is found.
            if (use.Space == MemorySpace.Scratch && !use.IsWrite && !use.IsSum)
            {
                CheckWritten(core, unit, index, use);
            }
        }

        foreach (Use use in uses)
        {
            bool isShared = use.Space == MemorySpace.Ddr;
            int slot = (isShared ? core * InstructionSet.UnitCount : 0) + unit;
            (use.IsWrite ? use.Footprint.Writes : use.Footprint.Reads)[slot] = number;
            _usesDdr |= isShared;
            if (use.IsWrite && !use.IsSum && !use.Footprint.IsWritten && use.Space == MemorySpace.Scratch)
            {
                here.Written.Add(use.Footprint.Parts[0]);
                use.Footprint.IsWritten = true;
            }
        }
    }

    private void Check(int core, int unit, int index, in Use use, Footprint other, bool isShared)
    {
        for (int slot = 0; slot < other.Writes.Length; slot++)
        {
            (int otherCore, int otherUnit) = isShared
                ? (slot / InstructionSet.UnitCount, slot % InstructionSet.UnitCount)
                : (core, slot);
            if (otherCore == core && otherUnit == unit)
            {
                continue;
            }

            int written = other.Writes[slot];
            int read = use.IsWrite ? other.Reads[slot] : Footprint.None;
            if (written != Footprint.None && !HasEnded(core, unit, otherCore, otherUnit, written))
            {
                Find(core, unit, index, use, other, otherCore, otherUnit, written, wasWrite: true);
            }
            else if (read != Footprint.None && !HasEnded(core, unit, otherCore, otherUnit, read))
            {
                Find(core, unit, index, use, other, otherCore, otherUnit, read, wasWrite: false);
            }
        }
    }

    // Whether an instruction has ended when the next one of a unit starts.
    private bool HasEnded(int core, int unit, int otherCore, int otherUnit, int number)
    {
        int[] ended = _cores[core].Clocks[unit].Ended;
        if (otherCore == core)
        {
            return ended[otherUnit] > number;
        }

        int known = ended[(int)Unit.Exchange];
        int exchanges = known == 0 ? 0 : _cores[core].Exchanges[known - 1];
        return exchanges > 0 && _cores[otherCore].EndedBeforeExchange[exchanges - 1] is { Length: > 0 } before
            && before[otherUnit] > number;
    }

    private void CheckWritten(int core, int unit, int index, in Use use)
    {
        if (!use.Footprint.IsWritten)
        {
            use.Footprint.IsWritten = true;
            if (_cores[core].Written.FirstMissing(use.Footprint.Parts[0]) is { } missing && !_budget.IsSpent)
            {
                string what = string.Create(CultureInfo.InvariantCulture, $"scratch byte {missing} ('{use.Field}')");
                Find(
                    core, (Unit)unit, index,
                    $"'{Mnemonic(core, unit, index)}' reads {what}, which nothing in the step has written");
            }
        }
    }

    // An instruction does its reads and writes in any order, so they may meet only where it updates numbers or whole rows in place.
    private void CheckItself(int core, Unit unit, int index, Use[] uses)
    {
        for (int i = 0; i < uses.Length; i++)
        {
            for (int j = i + 1; j < uses.Length; j++)
            {
                (Use a, Use b) = (uses[i], uses[j]);
                bool isUpdate = a.Footprint == b.Footprint && a.Field == b.Field && a.IsWrite != b.IsWrite;
                if ((a.IsWrite || b.IsWrite) && a.Space == b.Space && !isUpdate
                    && Footprint.Common(a.Footprint, b.Footprint) is var (start, end))
                {
                    bool isGather = _entry.Streams[core][(int)unit][index] is Gather;
                    Find(
                        core, unit, index,
                        $"'{Mnemonic(core, (int)unit, index)}' uses {Place(a.Space, start, end)} for two things: "
                        + (isGather ? "the blocks of two cores overlap" : $"{Verb(a.IsWrite)} '{a.Field}', {Verb(b.IsWrite)} '{b.Field}'"));
                }
            }
        }
    }

    private void Find(
        int core, int unit, int index, in Use use, Footprint other, int otherCore, int otherUnit, int number, bool wasWrite)
    {
        (long start, long end) = Footprint.Common(use.Footprint, other)!.Value;
        int otherIndex = _cores[otherCore].Executed[otherUnit][number];
        string kind = use.IsWrite ? wasWrite ? "write after write" : "write after read" : "read after write";
        string there = VerifierReport.Place(_entry, otherCore, (Unit)otherUnit, otherIndex);
        string edge = otherCore == core
            ? $"no token makes '{InstructionSet.NameOf((Unit)unit)}' wait until '{InstructionSet.NameOf((Unit)otherUnit)}' has ended it"
            : "no exchange lies between them";
        Find(core, (Unit)unit, index,
            $"{kind}: '{Mnemonic(core, unit, index)}' {Verb(use.IsWrite)} {Place(use.Space, start, end)} ('{use.Field}'), "
            + $"which {there} '{Mnemonic(otherCore, otherUnit, otherIndex)}' {Verb(wasWrite)}, and {edge}");
    }

    private void Find(int core, Unit unit, int index, string message)
    {
        // The report keeps the first of a place, and not many.
        if (_findings.Count == 0 || (_findings.Count < MaxFindings
            && (_findings[^1].Core != core || _findings[^1].Unit != unit || _findings[^1].Index != index)))
        {
            _findings.Add((core, unit, index, message));
        }
    }

    private string Mnemonic(int core, int unit, int index) => _entry.Streams[core][unit][index].Mnemonic;

    private static string Verb(bool isWrite) => isWrite ? "writes" : "reads";

    private static string Place(MemorySpace space, long start, long end)
    {
        string where = space switch
        {
            MemorySpace.Scratch => "scratch",
            MemorySpace.Channel => "channel",
            MemorySpace.Ddr => "DDR",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{where} bytes {start} to {end - 1}");
    }
}
