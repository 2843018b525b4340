using System.Text;

namespace Flightc.Tokenizers;

/// <summary>
/// The printable character that stands for each byte in a byte-level vocabulary, and the way back.
/// </summary>
/// <remarks>
/// From GPT-2: bytes that are printable in Latin-1 (33..126, 161..172, 174..255) stand for themselves; the
/// other 68 get the characters from U+0100 on, in byte order. A space is U+0120.
/// </remarks>
internal static class ByteAlphabet
{
    // The last character given out is U+0143.
    private const int CharacterLimit = 0x144;

    private static readonly char[] CharacterOfByte = BuildCharacters();
    private static readonly short[] ByteOfCharacter = BuildBytes();

    public static char CharacterOf(byte value) => CharacterOfByte[value];

    /// <summary>The byte a character stands for, or -1 where it stands for none.</summary>
    public static int ByteOf(char character) => character < CharacterLimit ? ByteOfCharacter[character] : -1;

    /// <summary>Writes one character per UTF-8 byte of the text; returns how many.</summary>
    /// <param name="text">Well-formed UTF-16.</param>
    /// <param name="target">At least as long as the text has UTF-8 bytes.</param>
    public static int Spell(ReadOnlySpan<char> text, Span<char> target)
    {
        int written = 0;
        Span<byte> bytes = stackalloc byte[4];
        for (int position = 0; position < text.Length;)
        {
            char first = text[position];
            if (first < 0x80)
            {
                target[written++] = CharacterOfByte[first];
                position++;
                continue;
            }

            Rune.DecodeFromUtf16(text[position..], out Rune rune, out int length);
            position += length;
            foreach (byte value in bytes[..rune.EncodeToUtf8(bytes)])
            {
                target[written++] = CharacterOfByte[value];
            }
        }

        return written;
    }

    private static char[] BuildCharacters()
    {
        char[] characters = new char[256];
        char next = '\u0100';
        for (int value = 0; value < 256; value++)
        {
            bool isPrintable = value is (>= 33 and <= 126) or (>= 161 and <= 172) or (>= 174 and <= 255);
            characters[value] = isPrintable ? (char)value : next++;
        }

        return characters;
    }

    private static short[] BuildBytes()
    {
        short[] bytes = new short[CharacterLimit];
        Array.Fill(bytes, (short)-1);
        for (int value = 0; value < 256; value++)
        {
            bytes[CharacterOfByte[value]] = (short)value;
        }

        return bytes;
    }
}
