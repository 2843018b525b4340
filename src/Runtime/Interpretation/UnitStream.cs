using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Runtime.Interpretation;

/// <summary>One unit's instructions with its program counter and its loop counters. Loops take no time.</summary>
internal sealed class UnitStream
{
    private readonly int _core;
    private readonly Unit _unit;
    private readonly IReadOnlyList<Instruction> _instructions;
    private readonly long[] _sources;
    private readonly int[] _bodies = new int[Source.LoopCount];
    private readonly long[] _counts = new long[Source.LoopCount];
    private int _depth;

    /// <summary>Goes to the first instruction that is not a loop's.</summary>
    /// <exception cref="CompilationException">Loops are not properly nested (FLC4001).</exception>
    public UnitStream(int core, Unit unit, IReadOnlyList<Instruction> instructions, long[] registers)
    {
        _core = core;
        _unit = unit;
        _instructions = instructions;
        _sources = [.. registers];
        FollowLoops();
    }

    /// <summary>Number of the head in the stream.</summary>
    public int Index { get; private set; }

    /// <summary>The next instruction, fields not evaluated; null at the end.</summary>
    public Instruction? Head => Index < _instructions.Count ? _instructions[Index] : null;

    /// <summary>Where the head is, for messages: <c>core 0, misc 17: misc.measure (layers.0.norm)</c>.</summary>
    public string Location
    {
        get
        {
            string provenance = Head?.Provenance is { Length: > 0 } text ? $" ({text})" : "";
            return $"core {_core}, {InstructionSet.NameOf(_unit)} {Index}: {Head?.Mnemonic ?? "end"}{provenance}";
        }
    }

    /// <summary>The head with its fields evaluated.</summary>
    /// <exception cref="CompilationException">A field is negative (FLC4001).</exception>
    public Instruction Resolve()
    {
        Instruction resolved = _instructions[Index].Resolve(_sources);
        resolved.Visit(FieldCheck.Instance);
        return resolved;
    }

    /// <summary>Goes to the next instruction that is not a loop's.</summary>
    public void Next()
    {
        Index++;
        FollowLoops();
    }

    private void FollowLoops()
    {
        while (Index < _instructions.Count)
        {
            switch (_instructions[Index])
            {
                case BeginLoop loop:
                    Enter(loop);
                    break;
                case EndLoop:
                    Repeat();
                    break;
                default:
                    return;
            }
        }

        if (_depth > 0)
        {
            throw Invalid("a loop has no end");
        }
    }

    private void Enter(BeginLoop loop)
    {
        long count = loop.Count.Evaluate(_sources);
        if (count < 0)
        {
            throw Invalid($"the loop's count is {count}");
        }

        int end = EndOf(Index);
        if (count == 0 || IsEmpty(Index, end))
        {
            Index = end + 1;
            return;
        }

        if (_depth == Source.LoopCount)
        {
            throw Invalid($"more than {Source.LoopCount} loops are nested");
        }

        _counts[_depth] = count;
        _sources[Source.FirstLoop + _depth] = 0;
        _bodies[_depth++] = ++Index;
    }

    private void Repeat()
    {
        if (_depth == 0)
        {
            throw Invalid("a loop ends that has not begun");
        }

        ref long index = ref _sources[Source.FirstLoop + _depth - 1];
        if (++index < _counts[_depth - 1])
        {
            Index = _bodies[_depth - 1];
            return;
        }

        index = 0;
        _depth--;
        Index++;
    }

    private int EndOf(int begin)
    {
        int depth = 0;
        for (int i = begin; i < _instructions.Count; i++)
        {
            depth += _instructions[i] is BeginLoop ? 1 : _instructions[i] is EndLoop ? -1 : 0;
            if (depth == 0)
            {
                return i;
            }
        }

        throw Invalid("a loop has no end");
    }

    // Such a loop does nothing, however often.
    private bool IsEmpty(int begin, int end)
    {
        for (int i = begin; i < end; i++)
        {
            if (_instructions[i] is not (BeginLoop or EndLoop))
            {
                return false;
            }
        }

        return true;
    }

    private CompilationException Invalid(string message) => new(Codes.ProgramInvalid, message, Location);

    private sealed class FieldCheck : IFieldVisitor
    {
        public static readonly FieldCheck Instance = new();

        public void Field(ref Operand value, int bits, string name, string meaning)
        {
            if (value.Constant < 0)
            {
                throw new CompilationException(
                    Codes.ProgramInvalid,
                    $"the field '{name}' evaluates to {value.Constant}, and fields are not negative");
            }
        }
    }
}
