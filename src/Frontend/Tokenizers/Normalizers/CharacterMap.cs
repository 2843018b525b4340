using System.Buffers.Binary;
using Flightc.Diagnostics;

namespace Flightc.Tokenizers;

/// <summary>
/// The compiled character map of a SentencePiece model: texts of a few characters, and what takes their place.
/// </summary>
/// <remarks>
/// Four bytes with the size of a trie, the trie, and the replacements in UTF-8, each ended by a zero. The trie is a
/// double array (Aoe 1989) in the units of the Darts-clone library: bits 0–7 the label, bit 8 whether a value
/// follows, bits 10–30 the offset to the children, in steps of 256 where bit 9 is set; a unit with bit 31 is a value,
/// which is the place of the replacement. All of it is untrusted: no unit is followed out of the array.
/// </remarks>
internal sealed class CharacterMap
{
    private const uint LabelBits = (1u << 31) | 0xFF;
    private const uint ValueBits = ~(1u << 31);
    // Bytes. The longest in Unicode, that of U+FDFA, takes 33.
    private const int MaximumReplacement = 256;

    private readonly uint[] _units;
    private readonly byte[] _replacements;
    private readonly string _location;

    /// <param name="bytes">The whole map.</param>
    /// <param name="location">For messages.</param>
    /// <exception cref="CompilationException">FLC1301: it is not of that form.</exception>
    public CharacterMap(ReadOnlySpan<byte> bytes, string location)
    {
        _location = location;
        uint size = bytes.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : uint.MaxValue;
        if (size > bytes.Length - 4 || size % 4 != 0 || size == 0)
        {
            throw Damaged($"has {bytes.Length} bytes, which cannot hold a trie of the size it states");
        }

        _units = new uint[size / 4];
        for (int i = 0; i < _units.Length; i++)
        {
            _units[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 + (4 * i))..]);
        }

        _replacements = bytes[(4 + (int)size)..].ToArray();
    }

    /// <summary>The replacement of the longest entry that a text begins with; false where none fits.</summary>
    /// <param name="utf8">Text.</param>
    /// <param name="length">Bytes of the entry.</param>
    /// <param name="replacement">What takes its place, in UTF-8.</param>
    /// <exception cref="CompilationException">FLC1301: the entry points outside the replacements.</exception>
    public bool TryFind(ReadOnlySpan<byte> utf8, out int length, out ReadOnlySpan<byte> replacement)
    {
        length = 0;
        uint value = 0;
        uint place = OffsetOf(_units[0]);
        for (int i = 0; i < utf8.Length; i++)
        {
            place ^= utf8[i];
            if (place >= _units.Length || (_units[place] & LabelBits) != utf8[i])
            {
                break;
            }

            uint unit = _units[place];
            place ^= OffsetOf(unit);
            if (((unit >> 8) & 1) == 1 && place < _units.Length)
            {
                length = i + 1;
                value = _units[place] & ValueBits;
            }
        }

        replacement = length > 0 ? Replacement(value) : default;
        return length > 0;
    }

    private static uint OffsetOf(uint unit) => (unit >> 10) << (int)((unit & (1u << 9)) >> 6);

    private ReadOnlySpan<byte> Replacement(uint start)
    {
        if (start >= _replacements.Length)
        {
            throw Damaged($"has a replacement at {start}, but only {_replacements.Length} bytes of them");
        }

        ReadOnlySpan<byte> rest = _replacements.AsSpan((int)start);
        int end = rest[..Math.Min(rest.Length, MaximumReplacement + 1)].IndexOf((byte)0);
        return end >= 0 ? rest[..end] : throw Damaged(
            $"has a replacement of more than {MaximumReplacement} bytes at {start}");
    }

    private CompilationException Damaged(string problem) => new(
        Codes.TokenizerInvalid, $"the precompiled character map {problem}", _location,
        "The tokenizer file is damaged or malicious; take it from its source again.");
}
