using System.Text;

namespace Flightc.Tokenizers;

/// <summary>The tokens <c>&lt;0x00&gt;</c> … <c>&lt;0xFF&gt;</c> that spell what a vocabulary lacks, byte by byte.</summary>
internal sealed class ByteTokens
{
    private const int None = -1;

    private readonly int[] _ids = new int[256];

    /// <param name="vocabulary">Bytes whose token it lacks cannot be spelled.</param>
    public ByteTokens(Vocabulary vocabulary)
    {
        for (int value = 0; value < 256; value++)
        {
            _ids[value] = vocabulary.IdOf(NameOf(value)) ?? None;
        }
    }

    /// <summary>How the token of a byte is written.</summary>
    public static string NameOf(int value) => $"<0x{value:X2}>";

    /// <summary>The ids of a text's UTF-8 bytes; false where one of them has no token.</summary>
    /// <param name="text">Well-formed UTF-16.</param>
    /// <param name="ids">Holds the ids at the beginning; at least four times as long as the text.</param>
    /// <param name="count">How many.</param>
    public bool TrySpell(ReadOnlySpan<char> text, Span<int> ids, out int count)
    {
        count = 0;
        Span<byte> bytes = stackalloc byte[4];
        for (int position = 0; position < text.Length;)
        {
            Rune.DecodeFromUtf16(text[position..], out Rune rune, out int length);
            position += length;
            foreach (byte value in bytes[..rune.EncodeToUtf8(bytes)])
            {
                if (_ids[value] == None)
                {
                    return false;
                }

                ids[count++] = _ids[value];
            }
        }

        return true;
    }
}
