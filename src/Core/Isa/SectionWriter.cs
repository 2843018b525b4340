using System.Buffers.Binary;
using System.Text;
using Flightc.Diagnostics;

namespace Flightc.Isa;

/// <summary>
/// Appends numbers and strings to a section of an image: the mirror of <see cref="SectionReader"/>.
/// </summary>
internal sealed class SectionWriter
{
    private static readonly UTF8Encoding StrictText = new(
        encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly List<byte> _bytes = [];

    /// <summary>A fixed run of bytes.</summary>
    public void Raw(ReadOnlySpan<byte> bytes) => _bytes.AddRange(bytes);

    /// <summary>A 32-bit word.</summary>
    public void Word(uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _bytes.AddRange(bytes);
    }

    /// <summary>
    /// A number that is not negative: seven bits per byte, lowest first, the top bit set on all but the last.
    /// </summary>
    public void Number(long value)
    {
        if (value < 0)
        {
            throw new CompilationException(
                Codes.ProgramInvalid, $"a program cannot hold the negative number {value} here");
        }

        while (value >= 128)
        {
            _bytes.Add((byte)(value | 128));
            value >>= 7;
        }

        _bytes.Add((byte)value);
    }

    /// <summary>A string: its length in bytes, then UTF-8.</summary>
    public void Text(string text)
    {
        try
        {
            byte[] bytes = StrictText.GetBytes(text);
            Number(bytes.Length);
            _bytes.AddRange(bytes);
        }
        catch (EncoderFallbackException e)
        {
            throw new CompilationException(
                Codes.ProgramInvalid, "a name in the program is not valid Unicode", inner: e);
        }
    }

    /// <summary>Pads with 0 to a multiple of four bytes.</summary>
    public void Align()
    {
        while (_bytes.Count % sizeof(uint) != 0)
        {
            _bytes.Add(0);
        }
    }

    /// <summary>Everything written.</summary>
    public byte[] ToArray() => [.. _bytes];
}
