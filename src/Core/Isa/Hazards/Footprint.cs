namespace Flightc.Isa.Hazards;

/// <summary>
/// One distinct set of bytes that instructions of a step access, and who did so last. Instructions that access
/// the same bytes share it: a model's layers use the same scratch, so a step has few.
/// </summary>
internal sealed class Footprint
{
    /// <summary>No instruction.</summary>
    public const int None = -1;

    /// <summary>Makes a footprint that nobody has accessed.</summary>
    /// <param name="parts">The bytes: one set, or one for each of several channels, in their order.</param>
    /// <param name="units">Units that can access it, those of all cores for a memory that all share.</param>
    public Footprint(ByteRows[] parts, int units)
    {
        Parts = parts;
        Start = parts[0].Start;
        End = parts[0].End;
        foreach (ByteRows part in parts)
        {
            Start = Math.Min(Start, part.Start);
            End = Math.Max(End, part.End);
        }

        Reads = new int[units];
        Writes = new int[units];
        Array.Fill(Reads, None);
        Array.Fill(Writes, None);
    }

    /// <summary>The bytes.</summary>
    public ByteRows[] Parts { get; }

    /// <summary>First byte of any part.</summary>
    public long Start { get; }

    /// <summary>The byte after the last of any part.</summary>
    public long End { get; }

    /// <summary>Footprints with a byte in common, itself included.</summary>
    public List<Footprint> Overlaps { get; } = [];

    /// <summary>By unit: number, in the unit's stream as executed, of the last instruction that reads it.</summary>
    public int[] Reads { get; }

    /// <summary>By unit: number of the last instruction that writes it.</summary>
    public int[] Writes { get; }

    /// <summary>Whether all its bytes are known to have been written.</summary>
    public bool IsWritten { get; set; }

    /// <summary>Where two footprints first meet; null where they have no byte in common.</summary>
    public static (long Start, long End)? Common(Footprint a, Footprint b)
    {
        if (a.Start >= b.End || b.Start >= a.End)
        {
            return null;
        }

        for (int i = 0, j = 0; i < a.Parts.Length && j < b.Parts.Length;)
        {
            if (ByteRows.Common(a.Parts[i], b.Parts[j]) is { } common)
            {
                return common;
            }

            int order = a.Parts[i].Part.CompareTo(b.Parts[j].Part);
            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
        }

        return null;
    }
}
