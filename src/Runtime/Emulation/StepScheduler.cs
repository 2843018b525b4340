using System.Diagnostics;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Runtime.Devices;

namespace Flightc.Runtime.Emulation;

/// <summary>Issues the instructions of all cores in one legal order until every stream is at its end.</summary>
/// <remarks>
/// A load unit gets its turn only where nothing else can happen. Rings have no capacity here, so it could run
/// further ahead than any hardware; this way it never does.
/// </remarks>
internal sealed class StepScheduler(EmulatedCore[] cores, InstructionExecutor executor) : IDisposable
{
    private static readonly Unit[] Computing = [Unit.Misc, Unit.Vector, Unit.Matrix, Unit.Exchange, Unit.Store, Unit.System];

    private readonly Instruction[] _exchange = new Instruction[cores.Length];
    private StepArguments _step;
    private IActivationObserver? _observer;
    private TrafficReport _traffic = TrafficReport.None;
    private Action<TraceEvent>? _trace;

    /// <summary>Is charged with the time of every instruction, or null.</summary>
    public StepClock? Clock { get; set; }

    /// <summary>Runs a step whose streams are at their beginning.</summary>
    /// <exception cref="CompilationException">An instruction cannot be executed, or the program blocks itself
    /// (FLC4001).</exception>
    public void Run(
        StepArguments step, IActivationObserver? observer, TrafficReport traffic, Action<TraceEvent>? trace)
    {
        (_step, _observer, _traffic, _trace) = (step, observer, traffic, trace);
        while (ComputeAll() || Exchange() || LoadAll())
        {
        }

        CheckEnd();
    }

    public void Dispose() => executor.Dispose();

    private bool ComputeAll()
    {
        bool any = false;
        foreach (EmulatedCore core in cores)
        {
            bool moved;
            do
            {
                moved = false;
                foreach (Unit unit in Computing)
                {
                    while (Issue(core, unit))
                    {
                        moved = true;
                    }
                }

                any |= moved;
            }
            while (moved);
        }

        return any;
    }

    private bool LoadAll()
    {
        bool any = false;
        foreach (EmulatedCore core in cores)
        {
            any |= Issue(core, Unit.Load);
        }

        return any;
    }

    private bool Issue(EmulatedCore core, Unit unit)
    {
        if (Clock is not { } clock)
        {
            return IssueHead(core, unit);
        }

        int index = core.Streams[(int)unit].Index;
        long start = Stopwatch.GetTimestamp();
        bool ended = IssueHead(core, unit);
        if (ended || core.Multiplying == unit)
        {
            clock.Charge(core.Number, unit, index, start);
        }

        return ended;
    }

    // Issues the head of a stream, or goes on with a product that waited for weights; true if one instruction ended.
    private bool IssueHead(EmulatedCore core, Unit unit)
    {
        UnitStream stream = core.Streams[(int)unit];
        if (stream.Head is not { } head)
        {
            return false;
        }

        try
        {
            if (core.Multiplying != unit)
            {
                if (!core.HasTokens(unit, head.Resolved.Wait)
                    || (unit == Unit.Exchange && Collectives.Includes(head.Resolved)))
                {
                    return false;
                }

                Instruction instruction = stream.Resolve();
                if (!InstructionExecutor.CanStart(instruction, core))
                {
                    return false;
                }

                Start(core, unit, instruction);
                if (instruction is MultiplyWeights product)
                {
                    InstructionExecutor.Begin(product, core);
                    core.Multiplying = unit;
                }
                else
                {
                    executor.Execute(instruction, core);
                }
            }

            if (core.Multiplying == unit)
            {
                if (!core.Product.Continue())
                {
                    return false;
                }

                core.Multiplying = null;
            }

            End(core, unit, head);
            return true;
        }
        catch (CompilationException e)
        {
            throw Located(e, core, unit, head);
        }
    }

    private bool Exchange()
    {
        for (int i = 0; i < cores.Length; i++)
        {
            UnitStream stream = cores[i].Streams[(int)Unit.Exchange];
            if (stream.Head is not { } head || !Collectives.Includes(head.Resolved)
                || !cores[i].HasTokens(Unit.Exchange, head.Resolved.Wait))
            {
                return false;
            }

            _exchange[i] = stream.Resolve();
        }

        foreach (EmulatedCore core in cores)
        {
            Start(core, Unit.Exchange, _exchange[core.Number]);
        }

        long start = Clock is null ? 0 : Stopwatch.GetTimestamp();
        try
        {
            Collectives.Execute(_exchange, cores);

            // All cores exchange at once: the time is the first one's.
            Clock?.Charge(0, Unit.Exchange, cores[0].Streams[(int)Unit.Exchange].Index, start);
            foreach (EmulatedCore core in cores)
            {
                End(core, Unit.Exchange, core.Streams[(int)Unit.Exchange].Head!);
            }
        }
        catch (CompilationException e)
        {
            throw Located(e, cores[0], Unit.Exchange, cores[0].Streams[(int)Unit.Exchange].Head);
        }

        return true;
    }

    private void Start(EmulatedCore core, Unit unit, Instruction instruction)
    {
        core.TakeTokens(unit, instruction.Wait);
        _traffic.CountInstruction(core.Number, unit);
        _trace?.Invoke(new TraceEvent(core.Number, unit, core.Streams[(int)unit].Index, instruction.Mnemonic));
    }

    private void End(EmulatedCore core, Unit unit, StreamInstruction ended)
    {
        core.GiveTokens(unit, ended.Resolved.Release);
        if (_observer is { } observer && ended.Symbols.Count > 0)
        {
            ActivationReports.Report(ended.Symbols, core.Scratch, _step, observer);
        }

        core.Streams[(int)unit].Advance();
    }

    private void CheckEnd()
    {
        List<Diagnostic> blocked = [];
        foreach (EmulatedCore core in cores)
        {
            foreach (UnitStream stream in core.Streams)
            {
                if (stream.Head is { } head)
                {
                    string reason = core.Multiplying == stream.Unit ? "more weights than were loaded"
                        : !core.HasTokens(stream.Unit, head.Resolved.Wait) ? $"tokens from {head.Resolved.Wait}"
                        : stream.Unit == Unit.Exchange ? "the exchange of another core"
                        : "more data than was loaded";
                    blocked.Add(new Diagnostic(
                        Codes.ProgramInvalid, Severity.Error,
                        $"deadlock: nothing can move, and '{head.Resolved.Mnemonic}' waits for {reason}",
                        Location(core, stream.Unit)));
                }
            }
        }

        if (blocked.Count > 0)
        {
            throw new CompilationException(blocked);
        }
    }

    private static string Location(EmulatedCore core, Unit unit) =>
        $"core {core.Number}, unit {unit}, instruction {core.Streams[(int)unit].Index}";

    private static CompilationException Located(
        CompilationException e, EmulatedCore core, Unit unit, StreamInstruction? head)
    {
        string location = Location(core, unit) + (head is null ? "" : $" ({head.Resolved.Mnemonic})");
        return new([.. e.Diagnostics.Select(d => d.Location.Length == 0 ? d with { Location = location } : d)], e);
    }
}
