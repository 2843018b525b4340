namespace Flightc.Isa.Hazards;

/// <summary>All footprints of one memory; finds those that overlap.</summary>
/// <param name="units">Units that can access the memory.</param>
/// <param name="budget">Comparisons left for all memories of a step.</param>
internal sealed class FootprintMap(int units, WorkBudget budget)
{
    // Footprints are looked for by the blocks of addresses that they touch; large ones, which are few, by all.
    private const int BlockBits = 12;
    private const long LargestSpan = 1L << (BlockBits + 10);

    private readonly Dictionary<ByteRows[], Footprint> _known = new(new PartsComparer());
    private readonly Dictionary<long, List<Footprint>> _blocks = [];
    private readonly List<Footprint> _large = [];
    private readonly List<Footprint> _all = [];

    /// <summary>The footprint of some bytes.</summary>
    /// <param name="parts">The bytes, by channel in ascending order; not changed afterwards.</param>
    public Footprint Of(ByteRows[] parts)
    {
        if (!_known.TryGetValue(parts, out Footprint? footprint))
        {
            footprint = new Footprint(parts, units);
            _known.Add(parts, footprint);
            Connect(footprint);
        }

        return footprint;
    }

    private void Connect(Footprint footprint)
    {
        footprint.Overlaps.Add(footprint);
        if (footprint.End - footprint.Start > LargestSpan)
        {
            Compare(footprint, _all, long.MinValue);
            _large.Add(footprint);
        }
        else
        {
            Compare(footprint, _large, long.MinValue);
            for (long block = footprint.Start >> BlockBits; block <= (footprint.End - 1) >> BlockBits; block++)
            {
                if (!_blocks.TryGetValue(block, out List<Footprint>? others))
                {
                    _blocks.Add(block, others = []);
                }

                Compare(footprint, others, block);
                others.Add(footprint);
            }
        }

        _all.Add(footprint);
    }

    private void Compare(Footprint footprint, List<Footprint> others, long block)
    {
        foreach (Footprint other in others)
        {
            // Two that share several blocks are compared in the first of them.
            if (block == long.MinValue || Math.Max(footprint.Start, other.Start) >> BlockBits == block)
            {
                budget.Take(1 + Rows(footprint, other));
                if (!budget.IsSpent && Footprint.Common(footprint, other) is not null)
                {
                    footprint.Overlaps.Add(other);
                    other.Overlaps.Add(footprint);
                }
            }
        }
    }

    // What a comparison row by row costs.
    private static long Rows(Footprint a, Footprint b) =>
        a.Parts[0].Stride == b.Parts[0].Stride ? 0 : Math.Min(a.Parts[0].Rows, b.Parts[0].Rows) * a.Parts.Length;

    private sealed class PartsComparer : IEqualityComparer<ByteRows[]>
    {
        public bool Equals(ByteRows[]? a, ByteRows[]? b) => a.AsSpan().SequenceEqual(b);

        public int GetHashCode(ByteRows[] parts)
        {
            HashCode hash = default;
            foreach (ByteRows part in parts)
            {
                hash.Add(part.Start);
                hash.Add(part.Rows);
                hash.Add(part.Bytes);
            }

            return hash.ToHashCode();
        }
    }
}
