using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Runtime.Emulation;

/// <summary>The instruction stream of one unit of one core, with its position and its loops.</summary>
internal sealed class UnitStream
{
    private readonly StreamInstruction[] _instructions;
    private readonly long[] _sources = new long[Source.Count];
    private readonly long[] _left = new long[Source.LoopCount];
    private int _depth;
    private long _run;

    /// <summary>Prepares a stream.</summary>
    /// <param name="unit">Whose it is.</param>
    /// <param name="instructions">The stream.</param>
    /// <exception cref="CompilationException">Loops do not nest, or an instruction belongs to another unit
    /// (FLC4001).</exception>
    public UnitStream(Unit unit, IReadOnlyList<Instruction> instructions)
    {
        Unit = unit;
        _instructions = [.. instructions.Select(i => new StreamInstruction(i))];
        Stack<int> open = new();
        for (int i = 0; i < _instructions.Length; i++)
        {
            Instruction instruction = instructions[i];
            Check(instruction, i, open.Count);
            if (_instructions[i].HasUnknownSource)
            {
                throw Wrong(instruction, i, "has a field with a source that does not exist");
            }

            if (instruction is BeginLoop)
            {
                open.Push(i);
            }
            else if (instruction is EndLoop)
            {
                int begin = open.Pop();
                _instructions[begin].Partner = i;
                _instructions[i].Partner = begin;
            }
        }

        if (open.TryPeek(out int left))
        {
            throw Wrong(instructions[left], left, "has no endloop");
        }
    }

    /// <summary>Whose stream it is.</summary>
    public Unit Unit { get; }

    /// <summary>Number of the next instruction in the stream.</summary>
    public int Index { get; private set; }

    /// <summary>Instructions in the stream.</summary>
    public int Length => _instructions.Length;

    /// <summary>The next instruction, which is not `loop` or `endloop`; null at the end of the stream.</summary>
    public StreamInstruction? Head { get; private set; }

    /// <summary>Registers what lies in scratch after an instruction.</summary>
    public void Add(Symbol symbol) => _instructions[symbol.Index].Symbols.Add(symbol);

    /// <summary>Goes to the beginning.</summary>
    /// <param name="registers">Values of the length registers.</param>
    /// <param name="run">Number of the step.</param>
    public void Start(long[] registers, long run)
    {
        registers.CopyTo(_sources, 0);
        _run = run;
        _depth = 0;
        Index = 0;
        Settle();
    }

    /// <summary>The head with its fields evaluated.</summary>
    public Instruction Resolve() => Head!.Resolve(_sources, _run);

    /// <summary>Goes to the next instruction.</summary>
    public void Advance()
    {
        Index++;
        Settle();
    }

    // Follows loops until the head is an instruction that does something.
    private void Settle()
    {
        while (Index < _instructions.Length)
        {
            StreamInstruction head = _instructions[Index];
            if (head.Resolved is BeginLoop)
            {
                Begin(head);
            }
            else if (head.Resolved is EndLoop)
            {
                End(head);
            }
            else
            {
                Head = head;
                return;
            }
        }

        Head = null;
    }

    private void Begin(StreamInstruction head)
    {
        long count = ((BeginLoop)head.Resolve(_sources, _run)).Count.Constant;
        if (count < 0)
        {
            throw Wrong(head.Resolved, Index, $"has the count {count}; 0 and more is possible");
        }

        if (count == 0)
        {
            Index = head.Partner + 1;
            return;
        }

        _left[_depth] = count;
        _sources[Source.FirstLoop + _depth] = 0;
        _depth++;
        Index++;
    }

    private void End(StreamInstruction head)
    {
        int depth = _depth - 1;
        if (--_left[depth] > 0)
        {
            _sources[Source.FirstLoop + depth]++;
            Index = head.Partner + 1;
            return;
        }

        _sources[Source.FirstLoop + depth] = 0;
        _depth--;
        Index++;
    }

    private void Check(Instruction instruction, int index, int depth)
    {
        if (InstructionSet.UnitOf(instruction) is { } owner && owner != Unit)
        {
            throw Wrong(instruction, index, $"belongs into the stream of unit {InstructionSet.NameOf(owner)}");
        }

        if (instruction is BeginLoop && depth == Source.LoopCount)
        {
            throw Wrong(instruction, index, $"nests deeper than {Source.LoopCount} loops");
        }

        if (instruction is EndLoop && depth == 0)
        {
            throw Wrong(instruction, index, "ends a loop that did not begin");
        }
    }

    private CompilationException Wrong(Instruction instruction, int index, string what) =>
        new(
            Codes.ProgramInvalid,
            $"instruction {index} of unit {InstructionSet.NameOf(Unit)}, '{instruction.Mnemonic}', {what}");
}
