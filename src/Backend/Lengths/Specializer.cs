using Flightc.Isa;

namespace Flightc.Backend.Lengths;

/// <summary>
/// Makes programs for fewer lengths out of one for all: known registers become constants, and loops are written
/// out. Program → Program.
/// </summary>
/// <remarks>
/// Tokens need no care: a loop's body gives as many of each pair as it takes, so that a body written out n times
/// waits and releases as the loop does in n iterations.
/// </remarks>
public static class Specializer
{
    /// <summary>An entry without loops, in which known registers are constants.</summary>
    /// <param name="entry">Its streams are well formed (<see cref="ProgramVerifier"/>).</param>
    /// <param name="registers">Values by <see cref="Source.Code"/>; null for registers that remain.</param>
    /// <exception cref="InvalidOperationException">A loop's count depends on a register that
    /// remains.</exception>
    public static EntryPoint Specialize(EntryPoint entry, IReadOnlyList<long?> registers)
    {
        List<IReadOnlyList<IReadOnlyList<Instruction>>> streams = [];
        List<Symbol> symbols = [];
        for (int core = 0; core < entry.Streams.Count; core++)
        {
            List<IReadOnlyList<Instruction>> units = [];
            for (int unit = 0; unit < entry.Streams[core].Count; unit++)
            {
                Unrolling unrolling = new(entry.Streams[core][unit], registers);
                units.Add(unrolling.Instructions);

                // What a symbol names lies outside loops, so it is still there once.
                symbols.AddRange(
                    entry.Symbols.Where(s => s.Core == core && (int)s.Unit == unit)
                        .Select(s => s with { Index = unrolling.PlaceOf(s.Index) }));
            }

            streams.Add(units);
        }

        return new EntryPoint(entry.Name, streams, symbols);
    }

    /// <summary>One stream, written out.</summary>
    private sealed class Unrolling
    {
        private readonly IReadOnlyList<Instruction> _stream;
        private readonly long?[] _sources;
        private readonly int[] _places;
        private readonly int[] _partners;
        private readonly List<Instruction> _instructions = [];

        public Unrolling(IReadOnlyList<Instruction> stream, IReadOnlyList<long?> registers)
        {
            _stream = stream;
            _sources = new long?[Source.Count];
            for (int i = 0; i < Source.FirstLoop; i++)
            {
                _sources[i] = registers[i];
            }

            _places = new int[stream.Count];
            _partners = LoopNest.PartnersOf(stream);
            Append(0, stream.Count, Source.FirstLoop);
        }

        public IReadOnlyList<Instruction> Instructions => _instructions;

        public int PlaceOf(int index) => _places[index];

        private void Append(int begin, int end, int loop)
        {
            for (int i = begin; i < end; i++)
            {
                if (_stream[i] is BeginLoop { Count: var count })
                {
                    long iterations = LoopNest.CountOf(count, _sources);
                    for (long n = 0; n < iterations; n++)
                    {
                        _sources[loop] = n;
                        Append(i + 1, _partners[i], loop + 1);
                    }

                    _sources[loop] = null;
                    i = _partners[i];
                    continue;
                }

                _places[i] = _instructions.Count;
                _instructions.Add(_stream[i].Fold(_sources));
            }
        }
    }
}
