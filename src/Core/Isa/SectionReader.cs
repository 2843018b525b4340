using System.Buffers.Binary;
using System.Text;
using Flightc.Diagnostics;

namespace Flightc.Isa;

/// <summary>
/// Takes numbers and strings off a section of an image that may be damaged or hostile: the mirror of
/// <see cref="SectionWriter"/>.
/// </summary>
internal ref struct SectionReader(ReadOnlySpan<byte> bytes, string section)
{
    private static readonly UTF8Encoding StrictText = new(
        encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    /// <summary>Bytes not yet taken.</summary>
    public readonly int Remaining => _bytes.Length - _at;

    /// <summary>A fixed run of bytes.</summary>
    public ReadOnlySpan<byte> Raw(int count)
    {
        Check(count >= 0 && count <= Remaining, $"{count} bytes are wanted where {Remaining} are left");
        ReadOnlySpan<byte> taken = _bytes.Slice(_at, count);
        _at += count;
        return taken;
    }

    /// <summary>A 32-bit word.</summary>
    public uint Word() => BinaryPrimitives.ReadUInt32LittleEndian(Raw(sizeof(uint)));

    /// <summary>A number from 0 to <paramref name="most"/>, in its shortest form.</summary>
    public long Number(long most, string what)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = Raw(1)[0];
            Check(shift < 63 && (shift == 0 || next != 0), $"the {what} is not a number in its shortest form");
            value |= (ulong)(next & 127) << shift;
            if (next < 128)
            {
                break;
            }
        }

        Check(most >= 0 && value <= (ulong)most, $"the {what} is {value}; it can be at most {most}");
        return (long)value;
    }

    /// <summary>
    /// A number of things that take at least <paramref name="bytesEach"/> bytes each of what is left.
    /// </summary>
    public int Count(int bytesEach, string what) => (int)Number(Remaining / bytesEach, what);

    /// <summary>A string of valid UTF-8.</summary>
    public string Text(string what)
    {
        int length = Count(1, $"length of the {what}");
        try
        {
            return StrictText.GetString(Raw(length));
        }
        catch (DecoderFallbackException e)
        {
            throw new CompilationException(Codes.ImageDamaged, $"the {what} is not valid UTF-8", Location, inner: e);
        }
    }

    /// <summary>Skips to a multiple of four bytes.</summary>
    public void Align()
    {
        while (_at % sizeof(uint) != 0)
        {
            Check(Raw(1)[0] == 0, "padding is not 0");
        }
    }

    /// <summary>Refuses the section where a rule does not hold.</summary>
    /// <exception cref="CompilationException">It does not (FLC4005).</exception>
    public readonly void Check(bool holds, string message)
    {
        if (!holds)
        {
            throw new CompilationException(Codes.ImageDamaged, message, Location);
        }
    }

    private readonly string Location => $"{section} section, byte {_at}";
}
