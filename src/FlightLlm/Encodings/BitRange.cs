using System.Globalization;

namespace Flightc.FlightLlm;

/// <summary>Neighbouring bits of one word of an instruction.</summary>
/// <param name="Word">The word, from 0.</param>
/// <param name="High">The highest bit, at most 31.</param>
/// <param name="Low">The lowest bit.</param>
public readonly record struct BitRange(int Word, int High, int Low)
{
    /// <summary>Number of bits.</summary>
    public int Width => High - Low + 1;

    private uint Mask => uint.MaxValue >> (32 - Width);

    /// <summary>The ranges of a field as tables write them: <c>w1[31:0]+w2[1:0]</c>, low part first.</summary>
    /// <exception cref="FormatException">The text is no such list.</exception>
    public static IReadOnlyList<BitRange> ParseAll(string text) => [.. text.Split('+').Select(Parse)];

    /// <summary>The value of the bits.</summary>
    public uint Read(ReadOnlySpan<uint> instruction) => instruction[Word] >> Low & Mask;

    /// <summary>Sets the bits; they must be 0 before.</summary>
    /// <param name="instruction">The words of the instruction.</param>
    /// <param name="value">Bits beyond the width are left out.</param>
    public void Write(Span<uint> instruction, uint value) => instruction[Word] |= (value & Mask) << Low;

    /// <summary><c>w1[31:0]</c>, or <c>w0[3]</c> for a single bit.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"w{Word}[{High}{(High == Low ? "" : $":{Low}")}]");

    private static BitRange Parse(string text)
    {
        string[] parts = text.TrimStart('w').TrimEnd(']').Split('[', ':');
        int[] numbers = [.. parts.Select(p => int.Parse(p, NumberStyles.None, CultureInfo.InvariantCulture))];
        BitRange range = new(numbers[0], numbers[1], numbers[^1]);
        return numbers.Length is 2 or 3 && range.High <= 31 && range.Low <= range.High
            ? range
            : throw new FormatException($"'{text}' is no range of bits");
    }
}
