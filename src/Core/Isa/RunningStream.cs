namespace Flightc.Isa;

/// <summary>Where a stream is.</summary>
internal sealed class RunningStream(long[] sources)
{
    private readonly long[] _counts = new long[Source.LoopCount];
    private int _depth;

    /// <summary>Number of the instruction that runs, or runs next.</summary>
    public int At { get; set; }

    /// <summary>Whether it has taken its tokens.</summary>
    public bool HasStarted { get; set; }

    /// <summary>Values of registers and of this stream's loop indices.</summary>
    public long[] Sources { get; } = [.. sources];

    /// <summary>Tokens from each unit, not yet taken.</summary>
    public long[] Tokens { get; } = new long[InstructionSet.UnitCount];

    /// <summary>Tokens from each unit, taken.</summary>
    public long[] Taken { get; } = new long[InstructionSet.UnitCount];

    /// <summary>Executes the begin or the end of a loop; false when the instruction is neither.</summary>
    public bool FollowLoop(in PreparedInstruction instruction)
    {
        if (instruction.Instruction is BeginLoop loop)
        {
            long count = loop.Count.Evaluate(Sources);
            if (count <= 0)
            {
                At = instruction.Partner + 1;
                return true;
            }

            _counts[_depth] = count;
            Sources[Source.FirstLoop + _depth] = 0;
            _depth++;
            At++;
            return true;
        }

        if (instruction.Instruction is EndLoop)
        {
            ref long index = ref Sources[Source.FirstLoop + _depth - 1];
            bool again = ++index < _counts[_depth - 1];
            if (!again)
            {
                index = 0;
                _depth--;
            }

            At = again ? instruction.Partner + 1 : At + 1;
            return true;
        }

        return false;
    }
}
