using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Flightc.Tests.Tokenizers;

/// <summary>Writes tiktoken files: a token in base64 and its rank on each line.</summary>
internal static class TiktokenBytes
{
    /// <summary>The file of a byte-level <c>vocab.json</c>, without the tokens that are no bytes.</summary>
    public static void Convert(string vocabulary, string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(vocabulary));
        StringBuilder lines = new();
        foreach (JsonProperty token in document.RootElement.EnumerateObject().OrderBy(t => t.Value.GetInt32()))
        {
            if (token.Name != "<|endoftext|>")
            {
                lines.Append(Line(BytesOf(token.Name), token.Value.GetInt32()));
            }
        }

        File.WriteAllText(path, lines.ToString());
    }

    /// <summary>One line of such a file.</summary>
    public static string Line(byte[] token, int rank) =>
        string.Create(CultureInfo.InvariantCulture, $"{System.Convert.ToBase64String(token)} {rank}\n");

    // GPT-2's alphabet, written out anew: printable bytes stand for themselves, the others for U+0100 and on.
    private static byte[] BytesOf(string token)
    {
        List<char> others = [];
        Dictionary<char, byte> byteOf = [];
        for (int value = 0; value < 256; value++)
        {
            if (value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF))
            {
                byteOf[(char)value] = (byte)value;
            }
            else
            {
                byteOf[(char)(0x100 + others.Count)] = (byte)value;
                others.Add((char)value);
            }
        }

        return [.. token.Select(character => byteOf[character])];
    }
}
