using System.Text;

namespace Flightc.Tokenizers;

/// <summary>
/// Replaces what a <see cref="CharacterMap"/> knows, from left to right, the longest of its entries first.
/// </summary>
/// <remarks>
/// As SentencePiece does it. Libraries that ask the map for whole grapheme clusters differ where a cluster begins with
/// a shorter entry.
/// </remarks>
internal sealed class CharacterMapNormalizer(CharacterMap map) : INormalizer
{
    /// <inheritdoc/>
    public string Normalize(string text)
    {
        byte[] source = Encoding.UTF8.GetBytes(text);
        List<byte> result = new(source.Length + 16);
        for (int position = 0; position < source.Length;)
        {
            ReadOnlySpan<byte> rest = source.AsSpan(position);
            if (map.TryFind(rest, out int length, out ReadOnlySpan<byte> replacement))
            {
                result.AddRange(replacement);
            }
            else
            {
                Rune.DecodeFromUtf8(rest, out _, out length);
                result.AddRange(rest[..length]);
            }

            position += length;
        }

        // A map that cuts characters apart leaves U+FFFD.
        return Encoding.UTF8.GetString([.. result]);
    }
}
