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
/// <para>In a step of one token the instructions between two exchanges or products are too small to be shared. There
/// threads take whole cores, up to where each meets a product or an exchange, and all threads share the products
/// then.</para>
/// </remarks>
internal sealed class StepScheduler : IParallelWork, IDisposable
{
    private static readonly Unit[] Computing = [Unit.Misc, Unit.Vector, Unit.Matrix, Unit.Exchange, Unit.Store, Unit.System];

    private readonly EmulatedCore[] _cores;
    private readonly WorkerPool _pool;
    private readonly InstructionExecutor _executor;
    private readonly InstructionExecutor[] _executorsApart;
    private readonly WeightAhead _ahead;
    private readonly Instruction[] _exchange;
    private readonly bool[] _moved;
    private bool _apart;
    private StepArguments _step;
    private IActivationObserver? _observer;
    private TrafficReport _traffic = TrafficReport.None;
    private Action<TraceEvent>? _trace;

    /// <summary>Prepares steps.</summary>
    /// <param name="cores">The cores.</param>
    /// <param name="pool">The threads.</param>
    /// <param name="executor">What executes instructions and has the threads help; owned from now on.</param>
    /// <param name="executorsApart">By core, what executes its instructions on one thread; owned from now on.</param>
    /// <param name="ahead">Is told which weights come next.</param>
    public StepScheduler(
        EmulatedCore[] cores, WorkerPool pool, InstructionExecutor executor, InstructionExecutor[] executorsApart, WeightAhead ahead)
    {
        (_cores, _pool, _executor, _executorsApart, _ahead) = (cores, pool, executor, executorsApart, ahead);
        _exchange = new Instruction[cores.Length];
        _moved = new bool[cores.Length];
    }

    /// <summary>Is charged with the time of every instruction, or null.</summary>
    public StepClock? Clock { get; set; }

    /// <summary>Runs a step whose streams are at their beginning.</summary>
    /// <exception cref="CompilationException">An instruction cannot be executed, or the program blocks itself
    /// (FLC4001).</exception>
    public void Run(
        StepArguments step, IActivationObserver? observer, TrafficReport traffic, Action<TraceEvent>? trace)
    {
        (_step, _observer, _traffic, _trace) = (step, observer, traffic, trace);

        // More threads than cores do more good inside the instructions of long pasts. Who watches sees one order.
        _apart = step.Tokens == 1 && _pool.Workers > 1 && _pool.Workers <= _cores.Length
            && observer is null && trace is null && Clock is null;
        _ahead.Start();
        while ((_apart ? ComputeApart() : ComputeAll()) || Exchange() || LoadAll())
        {
        }

        CheckEnd();
    }

    /// <inheritdoc/>
    void IParallelWork.Execute(int item, int worker)
    {
        EmulatedCore core = _cores[item];
        InstructionExecutor executor = _executorsApart[item];
        while (true)
        {
            if (Compute(core, executor))
            {
                _moved[item] = true;
            }
            else if (core.Multiplying is not null || WaitsForOthers(core) || !Issue(core, Unit.Load, executor))
            {
                return;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _executor.Dispose();
        foreach (InstructionExecutor executor in _executorsApart)
        {
            executor.Dispose();
        }
    }

    private bool ComputeAll()
    {
        bool any = false;
        foreach (EmulatedCore core in _cores)
        {
            while (Compute(core, _executor))
            {
                any = true;
            }
        }

        return any;
    }

    // Every core by itself, then the products at which they stopped.
    private bool ComputeApart()
    {
        Array.Clear(_moved);
        _pool.Run(this, _cores.Length);
        bool any = Array.IndexOf(_moved, true) >= 0;
        foreach (EmulatedCore core in _cores)
        {
            if (core.Multiplying is { } unit)
            {
                any |= Multiply(core, unit);
            }
        }

        return any;
    }

    // Goes on with a product, and loads what it lacks; whether it has ended.
    private bool Multiply(EmulatedCore core, Unit unit)
    {
        StreamInstruction head = core.Streams[(int)unit].Head!;
        try
        {
            while (!core.Product.Continue())
            {
                if (!Issue(core, Unit.Load, _executor))
                {
                    return false;
                }
            }

            EndProduct(core, unit, head);
            return true;
        }
        catch (CompilationException e)
        {
            throw Located(e, core, unit, head);
        }
    }

    // One round over the units of a core; whether an instruction ended or a product began.
    private bool Compute(EmulatedCore core, InstructionExecutor executor)
    {
        bool moved = false;
        Unit? before = core.Multiplying;
        foreach (Unit unit in Computing)
        {
            while (Issue(core, unit, executor))
            {
                moved = true;
            }
        }

        return moved || core.Multiplying != before;
    }

    private static bool WaitsForOthers(EmulatedCore core) =>
        core.Streams[(int)Unit.Exchange].Head is { } head && Collectives.Includes(head.Resolved)
        && core.HasTokens(Unit.Exchange, head.Resolved.Wait);

    private bool LoadAll()
    {
        bool any = false;
        foreach (EmulatedCore core in _cores)
        {
            any |= Issue(core, Unit.Load, _executor);
        }

        return any;
    }

    private bool Issue(EmulatedCore core, Unit unit, InstructionExecutor executor)
    {
        if (Clock is not { } clock)
        {
            return IssueHead(core, unit, executor);
        }

        int index = core.Streams[(int)unit].Index;
        long start = Stopwatch.GetTimestamp();
        bool ended = IssueHead(core, unit, executor);
        if (ended || core.Multiplying == unit)
        {
            clock.Charge(core.Number, unit, index, start);
        }

        return ended;
    }

    // Issues the head of a stream, or goes on with a product that waited for weights; true if one instruction ended.
    private bool IssueHead(EmulatedCore core, Unit unit, InstructionExecutor executor)
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
                if (instruction is not MultiplyWeights product)
                {
                    executor.Execute(instruction, core);
                    End(core, unit, head);
                    return true;
                }

                InstructionExecutor.Begin(product, core);
                core.Multiplying = unit;
            }

            // Apart, a thread leaves the product to all of them.
            if (_apart || !core.Product.Continue())
            {
                return false;
            }

            EndProduct(core, unit, head);
            return true;
        }
        catch (CompilationException e)
        {
            throw Located(e, core, unit, head);
        }
    }

    private void EndProduct(EmulatedCore core, Unit unit, StreamInstruction head)
    {
        core.Multiplying = null;
        _ahead.End(core.Number);
        End(core, unit, head);
    }

    private bool Exchange()
    {
        for (int i = 0; i < _cores.Length; i++)
        {
            UnitStream stream = _cores[i].Streams[(int)Unit.Exchange];
            if (stream.Head is not { } head || !Collectives.Includes(head.Resolved)
                || !_cores[i].HasTokens(Unit.Exchange, head.Resolved.Wait))
            {
                return false;
            }

            _exchange[i] = stream.Resolve();
        }

        foreach (EmulatedCore core in _cores)
        {
            Start(core, Unit.Exchange, _exchange[core.Number]);
        }

        long start = Clock is null ? 0 : Stopwatch.GetTimestamp();
        try
        {
            Collectives.Execute(_exchange, _cores);

            // All cores exchange at once: the time is the first one's.
            Clock?.Charge(0, Unit.Exchange, _cores[0].Streams[(int)Unit.Exchange].Index, start);
            foreach (EmulatedCore core in _cores)
            {
                End(core, Unit.Exchange, core.Streams[(int)Unit.Exchange].Head!);
            }
        }
        catch (CompilationException e)
        {
            throw Located(e, _cores[0], Unit.Exchange, _cores[0].Streams[(int)Unit.Exchange].Head);
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
        List<Diagnostic>? blocked = null;
        foreach (EmulatedCore core in _cores)
        {
            foreach (UnitStream stream in core.Streams)
            {
                if (stream.Head is { } head)
                {
                    string reason = core.Multiplying == stream.Unit ? "more weights than were loaded"
                        : !core.HasTokens(stream.Unit, head.Resolved.Wait) ? $"tokens from {head.Resolved.Wait}"
                        : stream.Unit == Unit.Exchange ? "the exchange of another core"
                        : "more data than was loaded";
                    (blocked ??= []).Add(new Diagnostic(
                        Codes.ProgramInvalid, Severity.Error,
                        $"deadlock: nothing can move, and '{head.Resolved.Mnemonic}' waits for {reason}",
                        Location(core, stream.Unit)));
                }
            }
        }

        if (blocked is not null)
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
