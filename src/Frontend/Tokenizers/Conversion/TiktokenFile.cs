using System.Buffers.Text;
using Flightc.Diagnostics;

namespace Flightc.Tokenizers;

/// <summary>
/// A tiktoken file: a token in base64 and its rank on each line. Tokens are bytes, spelled here in the
/// <see cref="ByteAlphabet"/>.
/// </summary>
internal static class TiktokenFile
{
    // Bytes of a token. Every cut of one is tried to find its merges; the longest in use have 128.
    private const int MaximumTokenLength = 512;

    /// <summary>The tokens and their ranks in the order of the file.</summary>
    /// <exception cref="CompilationException">FLC1001, or FLC1301 with the line.</exception>
    public static List<(string Token, int Rank)> Read(string path)
    {
        ReadOnlySpan<byte> text = TokenizerJson.ReadBytes(path);
        List<(string, int)> tokens = [];
        byte[] decoded = new byte[MaximumTokenLength];
        for (int number = 1; !text.IsEmpty; number++)
        {
            int end = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = (end < 0 ? text : text[..end]).TrimEnd((byte)'\r');
            text = end < 0 ? [] : text[(end + 1)..];
            if (!line.IsEmpty)
            {
                tokens.Add(ReadLine(line, decoded) ?? throw new CompilationException(
                    Codes.TokenizerInvalid,
                    $"the line is no token in base64 of at most {MaximumTokenLength} bytes, a space and its rank",
                    $"{path}:{number}", "take the file from its source again"));
            }
        }

        return tokens;
    }

    private static (string Token, int Rank)? ReadLine(ReadOnlySpan<byte> line, byte[] decoded)
    {
        int space = line.IndexOf((byte)' ');
        if (space <= 0
            || Base64.GetMaxDecodedFromUtf8Length(space) > MaximumTokenLength + 2
            || Base64.DecodeFromUtf8(line[..space], decoded, out int read, out int count) != System.Buffers.OperationStatus.Done
            || read != space
            || count == 0
            || !Utf8Parser.TryParse(line[(space + 1)..], out int rank, out int used)
            || used != line.Length - space - 1
            || rank is < 0 or > Vocabulary.MaximumId)
        {
            return null;
        }

        return (string.Create(count, decoded, (target, bytes) =>
        {
            for (int i = 0; i < target.Length; i++)
            {
                target[i] = ByteAlphabet.CharacterOf(bytes[i]);
            }
        }), rank);
    }
}
