using System.Globalization;
using Flightc.Isa.Hazards;

namespace Flightc.Isa;

/// <summary>
/// Executes an entry for one step without data: tokens, loops, exchanges, rings. Streams are deterministic,
/// every counter and ring has one producer and one consumer, and nothing that could start ceases to be able
/// to; so whether everything ends does not depend on timing, and one order of execution stands for all.
/// </summary>
internal sealed class StepExecution
{
    // Far more than a step of any model that fits a card, so that a hostile loop count cannot keep us busy.
    private const long MaxInstructions = 4_000_000;

    private readonly EntryPoint _entry;
    private readonly PreparedStream[][] _streams;
    private readonly RunningStream[][] _running;
    private readonly CoreRings[] _rings;
    private readonly Unit? _held;
    private readonly HazardRules? _hazards;
    private long _budget = MaxInstructions;
    private (string Place, string Message)? _fault;

    /// <summary>Prepares the execution of a step.</summary>
    /// <param name="program">The program.</param>
    /// <param name="entry">An entry whose streams are well formed.</param>
    /// <param name="streams">Its streams, prepared.</param>
    /// <param name="sources">Values of registers.</param>
    /// <param name="popped">By core, product and channel of the core: bytes of weights; null where nobody
    /// knows.</param>
    /// <param name="held">A unit whose last instruction never starts, or null.</param>
    /// <param name="hazards">Is told what starts and ends, or null.</param>
    public StepExecution(
        MachineProgram program, EntryPoint entry, PreparedStream[][] streams, long[] sources,
        IReadOnlyList<IReadOnlyList<IReadOnlyList<long>>>? popped, Unit? held, HazardRules? hazards = null)
    {
        _entry = entry;
        _streams = streams;
        _held = held;
        _hazards = hazards;
        _running = [.. streams.Select(core => core.Select(_ => new RunningStream(sources)).ToArray())];
        _rings = [.. program.Geometry.Cores.Select((channels, core) => new CoreRings(program.Geometry, channels.Count, popped?[core]))];
    }

    /// <summary>Runs until nothing can go on.</summary>
    /// <returns>What is wrong at the end, with its place; null when nothing is.</returns>
    public (string Place, string Message)? Run()
    {
        try
        {
            bool progress = true;
            while (progress)
            {
                progress = false;
                for (int core = 0; core < _streams.Length; core++)
                {
                    for (int unit = 0; unit < InstructionSet.UnitCount; unit++)
                    {
                        progress |= Advance(core, unit);
                    }
                }

                progress |= Exchange();
            }
        }
        catch (OverflowException)
        {
            return (_entry.Name, "a field overflows 64 bits");
        }

        return _budget < 0
            ? (_entry.Name, $"a step executes more than {MaxInstructions} instructions")
            : _fault is not null ? _fault
            : _held is null ? Deadlock() ?? Leftover() : null;
    }

    /// <summary>Whether a stream has ended.</summary>
    public bool HasEnded(int core, Unit unit) => _running[core][(int)unit].At == _streams[core][(int)unit].Length;

    private bool Advance(int core, int unit)
    {
        PreparedStream stream = _streams[core][unit];
        RunningStream running = _running[core][unit];
        bool progress = false;
        while (running.At < stream.Length && _budget >= 0)
        {
            ref readonly PreparedInstruction instruction = ref stream[running.At];
            if (running.FollowLoop(instruction))
            {
                _budget--;
                progress = true;
                continue;
            }

            if (!running.HasStarted)
            {
                if (instruction.IsExchange || IsHeld(unit, stream, running)
                    || MissingTokens(core, unit, instruction) >= 0)
                {
                    return progress;
                }

                TakeTokens(core, unit, instruction);
                _hazards?.Start(core, unit, running.At, running.Sources);
                running.HasStarted = true;
                _rings[core].Start(instruction, running.Sources);
                progress = true;
            }

            if (!_rings[core].Advance(instruction, ref progress))
            {
                _fault ??= _rings[core].Fault is { } fault
                    ? (VerifierReport.Place(_entry, core, (Unit)unit, running.At), fault)
                    : null;
                return progress;
            }

            End(core, unit, instruction);
        }

        return progress;
    }

    /// <summary>Executes the next exchange of all cores if each can start its own.</summary>
    private bool Exchange()
    {
        const int unit = (int)Unit.Exchange;
        for (int core = 0; core < _streams.Length; core++)
        {
            RunningStream running = _running[core][unit];
            PreparedStream stream = _streams[core][unit];
            if (running.At >= stream.Length || IsHeld(unit, stream, running)
                || !stream[running.At].IsExchange || MissingTokens(core, unit, stream[running.At]) >= 0)
            {
                return false;
            }
        }

        _hazards?.StartExchange(_running);
        for (int core = 0; core < _streams.Length; core++)
        {
            ref readonly PreparedInstruction instruction = ref _streams[core][unit][_running[core][unit].At];
            TakeTokens(core, unit, instruction);
            End(core, unit, instruction);
        }

        return true;
    }

    private void End(int core, int unit, in PreparedInstruction instruction)
    {
        for (int other = 0; instruction.Release >> other != 0; other++)
        {
            _running[core][other].Tokens[unit] += instruction.Release >> other & 1;
        }

        _hazards?.End(core, unit, instruction.Release);
        _running[core][unit].HasStarted = false;
        _running[core][unit].At++;
        _budget--;
    }

    private bool IsHeld(int unit, PreparedStream stream, RunningStream running) =>
        unit == (int?)_held && running.At == stream.LastInstruction;

    private int MissingTokens(int core, int unit, in PreparedInstruction instruction)
    {
        for (int other = 0; instruction.Wait >> other != 0; other++)
        {
            if ((instruction.Wait >> other & 1) == 1 && _running[core][unit].Tokens[other] == 0)
            {
                return other;
            }
        }

        return -1;
    }

    private void TakeTokens(int core, int unit, in PreparedInstruction instruction)
    {
        for (int other = 0; instruction.Wait >> other != 0; other++)
        {
            _running[core][unit].Tokens[other] -= instruction.Wait >> other & 1;
            _running[core][unit].Taken[other] += instruction.Wait >> other & 1;
        }
    }

    private (string Place, string Message)? Deadlock()
    {
        List<string> blocked = [];
        string? place = null;
        string? root = null;
        for (int core = 0; core < _streams.Length; core++)
        {
            for (int unit = 0; unit < InstructionSet.UnitCount; unit++)
            {
                if (!HasEnded(core, (Unit)unit))
                {
                    string here = VerifierReport.Place(_entry, core, (Unit)unit, _running[core][unit].At);
                    ref readonly PreparedInstruction instruction = ref _streams[core][unit][_running[core][unit].At];
                    place ??= here;

                    // Who waits for a ring, or for a unit that has ended, is nearer to the cause than who
                    // waits for them.
                    int missing = MissingTokens(core, unit, instruction);
                    root ??= _running[core][unit].HasStarted
                        || (missing >= 0 && HasEnded(core, (Unit)missing))
                        ? here
                        : null;
                    blocked.Add(
                        $"{here} '{instruction.Instruction.Mnemonic}' waits for {Reason(core, unit, instruction)}");
                }
            }
        }

        return place is null ? null : (root ?? place, $"deadlock: {string.Join("; ", blocked)}");
    }

    private string Reason(int core, int unit, in PreparedInstruction instruction)
    {
        if (_running[core][unit].HasStarted)
        {
            return _rings[core].Reason(instruction);
        }

        int missing = MissingTokens(core, unit, instruction);
        return missing < 0 ? "the exchange units of other cores"
            : $"a token of '{InstructionSet.NameOf((Unit)missing)}'{(HasEnded(core, (Unit)missing) ? ", which has ended" : "")}";
    }

    private (string Place, string Message)? Leftover()
    {
        for (int core = 0; core < _streams.Length; core++)
        {
            for (int unit = 0; unit < InstructionSet.UnitCount; unit++)
            {
                RunningStream running = _running[core][unit];
                for (int giver = 0; giver < InstructionSet.UnitCount; giver++)
                {
                    string place = $"{_entry.Name}/core {core}/{InstructionSet.NameOf((Unit)giver)} to {InstructionSet.NameOf((Unit)unit)}";
                    if (running.Tokens[giver] != 0)
                    {
                        return (place, string.Create(CultureInfo.InvariantCulture, $"{running.Tokens[giver]} tokens are left at the end"));
                    }

                    if (running.Taken[giver] > ProgramLimits.Tokens)
                    {
                        return (place, string.Create(CultureInfo.InvariantCulture, $"{running.Taken[giver]} tokens in a step; a counter holds {ProgramLimits.Tokens}"));
                    }
                }
            }

            if (_rings[core].Leftover() is { } leftover)
            {
                return ($"{_entry.Name}/core {core}", leftover);
            }
        }

        return null;
    }
}
