namespace Flightc.FlightLlm;

/// <summary>A field of an instruction, perhaps split over words.</summary>
/// <param name="Name">Its name, as published.</param>
/// <param name="Meaning">What it means; empty where that is not known.</param>
/// <param name="Ranges">Where its bits are, the low part first.</param>
/// <param name="Values">Number of values that are defined, from 0; 0 where all that fit are.</param>
/// <param name="IsHexadecimal">Whether text writes it in base 16: addresses, and words not understood.</param>
public sealed record PublishedField(
    string Name, string Meaning, IReadOnlyList<BitRange> Ranges, int Values = 0, bool IsHexadecimal = false)
{
    /// <summary>Number of bits; at most 62.</summary>
    public int Width => Ranges.Sum(r => r.Width);

    /// <summary>A field of a table.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="ranges">As <see cref="BitRange.ParseAll"/> reads them.</param>
    /// <param name="meaning">What it means.</param>
    /// <param name="values">Number of values that are defined; 0 where all are.</param>
    public static PublishedField Number(string name, string ranges, string meaning, int values = 0) =>
        new(name, meaning, BitRange.ParseAll(ranges), values);

    /// <summary>A field of a table whose value is written in base 16.</summary>
    public static PublishedField Address(string name, string ranges, string meaning) =>
        new(name, meaning, BitRange.ParseAll(ranges), IsHexadecimal: true);

    /// <summary>Whether the field can have the value.</summary>
    public bool Accepts(long value) =>
        value >= 0 && value < (Values > 0 ? Values : 1L << Width);

    /// <summary>The value in an instruction.</summary>
    public long Read(ReadOnlySpan<uint> instruction)
    {
        long value = 0;
        int shift = 0;
        foreach (BitRange range in Ranges)
        {
            value |= (long)range.Read(instruction) << shift;
            shift += range.Width;
        }

        return value;
    }

    /// <summary>Puts a value into an instruction whose bits of this field are 0.</summary>
    public void Write(Span<uint> instruction, long value)
    {
        foreach (BitRange range in Ranges)
        {
            range.Write(instruction, (uint)value);
            value >>= range.Width;
        }
    }
}
