using Flightc.Isa;

namespace Flightc.Timing;

/// <summary>An instruction with what the model needs of it at hand.</summary>
internal readonly record struct TimedInstruction(Instruction Instruction, int Wait, int Release, int Partner, bool IsExchange);

/// <summary>A stream, prepared for any number of steps.</summary>
internal sealed class TimedStream
{
    private readonly TimedInstruction[] _instructions;
    private readonly long[] _ends;

    public TimedStream(IReadOnlyList<Instruction> stream)
    {
        _instructions = new TimedInstruction[stream.Count];
        _ends = new long[stream.Count];
        WordCounter words = new();
        Stack<int> open = new();
        for (int i = 0; i < stream.Count; i++)
        {
            Instruction instruction = stream[i];
            int partner = -1;
            if (instruction is BeginLoop)
            {
                open.Push(i);
            }
            else if (instruction is EndLoop && open.TryPop(out partner))
            {
                _instructions[partner] = _instructions[partner] with { Partner = i };
            }

            _instructions[i] = new TimedInstruction(
                instruction, (int)instruction.Wait, (int)instruction.Release, partner,
                instruction is Gather or CombineMaxima or CombineSums);
            _ends[i] = (i == 0 ? 0 : _ends[i - 1]) + words.BytesOf(instruction);
        }
    }

    /// <summary>Instructions, loops included.</summary>
    public int Length => _instructions.Length;

    /// <summary>An instruction.</summary>
    public ref readonly TimedInstruction this[int index] => ref _instructions[index];

    /// <summary>Bytes of the stream before an instruction; before the end, all of it.</summary>
    public long Begin(int index) => index == 0 ? 0 : _ends[index - 1];

    /// <summary>Bytes of the stream up to and with an instruction.</summary>
    public long End(int index) => _ends[index];

    // docs/isa.md §2: a header, the constants as one bit stream, two words for every term.
    private sealed class WordCounter : IFieldVisitor
    {
        private int _bits;
        private int _terms;

        public int BytesOf(Instruction instruction)
        {
            (_bits, _terms) = (0, 0);
            instruction.Visit(this);
            return 4 * (1 + ((_bits + 31) / 32) + (2 * _terms));
        }

        public void Field(ref Operand value, int bits, string name, string meaning)
        {
            _bits += bits;
            _terms += value.Terms.Length;
        }
    }
}
