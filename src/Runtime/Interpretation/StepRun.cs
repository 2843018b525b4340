using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Runtime.Devices;

namespace Flightc.Runtime.Interpretation;

/// <summary>Executes the streams of all cores, one move after another, until nothing can move.</summary>
internal sealed class StepRun
{
    private readonly CoreState[] _cores;
    private readonly IssueOrder _order;
    private readonly TrafficReport _traffic;
    private readonly ActivationReader? _reader;
    private readonly Action<TraceEvent>? _trace;

    /// <summary>Takes the cores as they are at the beginning of a step.</summary>
    public StepRun(
        CoreState[] cores, IssueOrder order, TrafficReport traffic, ActivationReader? reader,
        Action<TraceEvent>? trace)
    {
        _cores = cores;
        _order = order;
        _traffic = traffic;
        _reader = reader;
        _trace = trace;
    }

    /// <summary>Runs to the end.</summary>
    /// <exception cref="CompilationException">The program does something impossible, blocks itself, or leaves
    /// something behind (FLC4001).</exception>
    public void Run()
    {
        Move[] moves = new Move[_cores.Length * InstructionSet.UnitCount];
        int count = FindMoves(moves);
        while (count > 0)
        {
            Make(moves[_order.Choose(moves.AsSpan(0, count))]);
            count = FindMoves(moves);
        }

        StepEnd.Check(_cores);
    }

    private int FindMoves(Move[] moves)
    {
        int count = 0;
        foreach (CoreState core in _cores)
        {
            for (int u = 0; u < InstructionSet.UnitCount; u++)
            {
                Unit unit = (Unit)u;
                Execution? running = core.Running[u];

                // An exchange is one move; core 0 stands for all.
                bool isShared = unit == Unit.Exchange && core.Number > 0
                    && core.Streams[u].Head is { } head && Exchanges.IsCollective(head);
                if (!isShared && (running is null ? CanStart(core, unit) : CanAdvance(core, unit, running)))
                {
                    moves[count++] = new Move(core.Number, unit, running is null);
                }
            }
        }

        return count;
    }

    private bool CanStart(CoreState core, Unit unit)
    {
        Instruction? head = core.Streams[(int)unit].Head;
        if (head is null)
        {
            return false;
        }

        if (!Exchanges.IsCollective(head))
        {
            return core.HasTokens(unit, head.Wait);
        }

        foreach (CoreState other in _cores)
        {
            if (other.Running[(int)unit] is not null || other.Streams[(int)unit].Head is not { } theirs
                || !Exchanges.IsCollective(theirs) || !other.HasTokens(unit, theirs.Wait))
            {
                return false;
            }
        }

        return true;
    }

    // Looking ahead reads tile headers, which can be damaged.
    private static bool CanAdvance(CoreState core, Unit unit, Execution running)
    {
        try
        {
            return running.CanAdvance();
        }
        catch (CompilationException e)
        {
            throw Located(e, core, unit);
        }
    }

    private void Make(Move move)
    {
        CoreState core = _cores[move.Core];
        try
        {
            if (move.IsStart)
            {
                Start(core, move.Unit);
            }
            else
            {
                Advance(core, move.Unit);
            }
        }
        catch (CompilationException e)
        {
            throw Located(e, core, move.Unit);
        }
    }

    private void Start(CoreState core, Unit unit)
    {
        if (!Exchanges.IsCollective(core.Streams[(int)unit].Head!))
        {
            core.Running[(int)unit] = Executions.Of(Take(core, unit), core);
            return;
        }

        Instruction[] together = new Instruction[_cores.Length];
        for (int c = 0; c < together.Length; c++)
        {
            together[c] = Take(_cores[c], unit);
        }

        WholeExecution shared = new(() => Exchanges.Execute(together, _cores));
        foreach (CoreState each in _cores)
        {
            each.Running[(int)unit] = shared;
        }
    }

    private Instruction Take(CoreState core, Unit unit)
    {
        UnitStream stream = core.Streams[(int)unit];
        Instruction instruction = stream.Resolve();
        core.TakeTokens(unit, instruction.Wait);
        _traffic.CountInstruction(core.Number, unit);
        _trace?.Invoke(new TraceEvent(core.Number, unit, stream.Index, instruction.Mnemonic));
        return instruction;
    }

    private void Advance(CoreState core, Unit unit)
    {
        Execution running = core.Running[(int)unit]!;
        bool isShared = Exchanges.IsCollective(core.Streams[(int)unit].Head!);
        running.Advance();
        if (!running.Done)
        {
            return;
        }

        if (!isShared)
        {
            End(core, unit);
            return;
        }

        foreach (CoreState each in _cores)
        {
            End(each, unit);
        }
    }

    private void End(CoreState core, Unit unit)
    {
        UnitStream stream = core.Streams[(int)unit];
        core.Running[(int)unit] = null;
        core.GiveTokens(unit, stream.Head!.Release);
        _reader?.InstructionEnded(core, unit, stream.Index);
        stream.Next();
    }

    private static CompilationException Located(CompilationException e, CoreState core, Unit unit)
    {
        string location = core.Streams[(int)unit].Location;
        return new([.. e.Diagnostics.Select(d => d.Location.Length == 0 ? d with { Location = location } : d)], e);
    }
}
