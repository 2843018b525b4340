using System.Text;
using System.Text.Json;
using Flightc.Diagnostics;

namespace Flightc.Tokenizers;

/// <summary>A <c>merges.txt</c>: a line per merge, by rank, after a line with the version.</summary>
internal sealed class MergesFile(string path)
{
    /// <summary>Writes every merge as a pair.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        ReadOnlySpan<char> text = Decode();
        int number = 0;
        foreach (Range range in text.Split('\n'))
        {
            number++;
            ReadOnlySpan<char> line = text[range].TrimEnd('\r');
            if (line.IsEmpty || (number == 1 && line.StartsWith("#version")))
            {
                continue;
            }

            int space = line.IndexOf(' ');
            if (space <= 0 || space == line.Length - 1 || line[(space + 1)..].Contains(' '))
            {
                throw new CompilationException(
                    Codes.TokenizerInvalid,
                    $"'{line}' is no merge, wanted two tokens with one space between them",
                    $"{path}:{number}");
            }

            json.WriteStartArray();
            json.WriteStringValue(line[..space]);
            json.WriteStringValue(line[(space + 1)..]);
            json.WriteEndArray();
        }
    }

    private string Decode()
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(TokenizerJson.ReadBytes(path));
        }
        catch (DecoderFallbackException exception)
        {
            throw new CompilationException(
                Codes.TokenizerInvalid, $"the file is not UTF-8: {exception.Message}", path, inner: exception);
        }
    }
}
