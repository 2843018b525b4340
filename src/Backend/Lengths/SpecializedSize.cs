using Flightc.Isa;

namespace Flightc.Backend.Lengths;

/// <summary>
/// How many bytes an entry takes once it is specialised, without making it: every instruction's words, as often
/// as the loops around it run.
/// </summary>
/// <remarks>
/// Constants take as many bits whatever they are (docs/isa.md §2), and which terms remain does not depend on a
/// length. So a size depends on the lengths through the counts of loops alone, and is worked out once for all
/// lengths that agree in the registers which these use.
/// </remarks>
internal sealed class SpecializedSize
{
    private readonly EntryPoint _entry;
    private readonly bool[] _isConstant;
    private readonly bool[] _isUsed = new bool[Source.Count];
    private readonly Dictionary<string, long> _known = new(StringComparer.Ordinal);

    /// <summary>Prepares an entry.</summary>
    /// <param name="entry">The entry; its streams are well formed.</param>
    /// <param name="isConstant">By <see cref="Source.Code"/>, which registers become constants.</param>
    public SpecializedSize(EntryPoint entry, bool[] isConstant)
    {
        (_entry, _isConstant) = (entry, isConstant);
        foreach (BeginLoop loop in entry.Streams.SelectMany(core => core).SelectMany(stream => stream).OfType<BeginLoop>())
        {
            foreach (AffineTerm term in loop.Count.Terms)
            {
                _isUsed[term.Source.Code] |= term.Source.Code < Source.FirstLoop;
            }
        }
    }

    /// <summary>Bytes of all streams.</summary>
    /// <param name="registers">Gives values by <see cref="Source.Code"/> of the registers that become
    /// constants.</param>
    /// <exception cref="InvalidOperationException">A loop's count depends on a register that
    /// remains.</exception>
    public long Of(Func<IReadOnlyList<long?>> registers)
    {
        // Expressions of registers take longer than all the rest, and most programs need none.
        string counts = "";
        if (_isUsed.Contains(true))
        {
            counts = string.Join(' ', registers().Where((_, i) => _isUsed[i]));
        }

        if (!_known.TryGetValue(counts, out long bytes))
        {
            long?[] sources = [.. registers()];
            bytes = sizeof(uint) * _entry.Streams.SelectMany(core => core)
                .Sum(stream => Words(stream, LoopNest.PartnersOf(stream), 0, stream.Count, sources, Source.FirstLoop));
            _known.Add(counts, bytes);
        }

        return bytes;
    }

    private static bool DependsOnLoops(Operand count)
    {
        foreach (AffineTerm term in count.Terms)
        {
            if (term.Source.Code >= Source.FirstLoop)
            {
                return true;
            }
        }

        return false;
    }

    private long Words(IReadOnlyList<Instruction> stream, int[] partners, int begin, int end, long?[] sources, int loop)
    {
        long words = 0;
        for (int i = begin; i < end; i++)
        {
            if (stream[i] is not BeginLoop { Count: var count })
            {
                words += WordsOf(stream[i]);
                continue;
            }

            long iterations = LoopNest.CountOf(count, sources);
            for (long n = 0; n < iterations; n++)
            {
                sources[loop] = n;
                long body = Words(stream, partners, i + 1, partners[i], sources, loop + 1);

                // A body without counts of its own that depend on the index is as long each time.
                bool isAlways = !stream.Skip(i + 1).Take(partners[i] - i - 1).OfType<BeginLoop>().Any(l => DependsOnLoops(l.Count));
                words += isAlways ? body * iterations : body;
                if (isAlways)
                {
                    break;
                }
            }

            sources[loop] = null;
            i = partners[i];
        }

        return words;
    }

    private int WordsOf(Instruction instruction)
    {
        int bits = 0;
        int terms = 0;
        foreach (InstructionField field in InstructionField.Of(instruction))
        {
            bits += field.Bits;
            foreach (AffineTerm term in field.Value.Terms)
            {
                terms += term.Source.Code >= Source.FirstLoop || _isConstant[term.Source.Code] ? 0 : 1;
            }
        }

        return 1 + ((bits + 31) / 32) + (2 * terms);
    }
}
