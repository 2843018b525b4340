namespace Flightc.Isa;

/// <summary>An instruction with what <see cref="StepExecution"/> needs of it at hand.</summary>
internal readonly record struct PreparedInstruction(
    Instruction Instruction, List<InstructionField> Fields, int Wait, int Release, int Partner,
    bool IsExchange, bool UsesRings, bool IsConstant, bool DependsOnLoops)
{
    /// <summary>The instruction with every field the constant it evaluates to.</summary>
    public Instruction Resolve(long[] sources) => IsConstant ? Instruction : Instruction.Resolve(sources);
}

/// <summary>A well-formed stream, ready for <see cref="StepExecution"/>: loops know their ends.</summary>
internal sealed class PreparedStream
{
    private readonly PreparedInstruction[] _instructions;

    public PreparedStream(IReadOnlyList<Instruction> stream)
    {
        _instructions = new PreparedInstruction[stream.Count];
        Stack<int> open = new();
        for (int i = 0; i < stream.Count; i++)
        {
            Instruction instruction = stream[i];
            int partner = -1;
            if (instruction is BeginLoop)
            {
                open.Push(i);
            }
            else if (instruction is EndLoop)
            {
                partner = open.Pop();
                _instructions[partner] = _instructions[partner] with { Partner = i };
            }
            else
            {
                LastInstruction = i;
            }

            List<InstructionField> fields = InstructionField.Of(instruction);
            _instructions[i] = new(
                instruction, fields, (int)instruction.Wait, (int)instruction.Release, partner,
                instruction is Gather or CombineMaxima or CombineSums,
                instruction is LoadWeights or LoadCache or MultiplyWeights or MultiplyKeys or MultiplyValues,
                fields.TrueForAll(f => f.Value.Terms.Length == 0), fields.Exists(f => DependsOnLoops(f.Value)));
        }
    }

    private static bool DependsOnLoops(in Operand value)
    {
        foreach (AffineTerm term in value.Terms)
        {
            if (term.Source.Code >= Source.FirstLoop)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Number of the last instruction that is not the end of a loop.</summary>
    public int LastInstruction { get; } = -1;

    /// <summary>Instructions, loops included.</summary>
    public int Length => _instructions.Length;

    /// <summary>An instruction.</summary>
    public ref readonly PreparedInstruction this[int index] => ref _instructions[index];
}
