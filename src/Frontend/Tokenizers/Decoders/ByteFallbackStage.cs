using System.Globalization;
using System.Text;

namespace Flightc.Tokenizers;

/// <summary>Turns runs of byte tokens (<c>&lt;0xE2&gt;</c>) into the text they spell in UTF-8.</summary>
/// <remarks>
/// A run that is not valid as a whole becomes one U+FFFD per byte, as in the published decoder; so a run is
/// held back until another token ends it.
/// </remarks>
internal sealed class ByteFallbackStage : DecoderStage
{
    private static readonly UTF8Encoding Strict =
        new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly List<byte> _run = [];
    private readonly StringBuilder _token = new();

    public override void Push(TextChunk chunk, List<TextChunk> output)
    {
        _token.Append(chunk.Text);
        if (!chunk.EndsToken)
        {
            return;
        }

        string token = _token.ToString();
        _token.Clear();
        if (TryParse(token, out byte value))
        {
            _run.Add(value);
            return;
        }

        EndRun(output);
        output.Add(TextChunk.Whole(token));
    }

    public override void Flush(List<TextChunk> output) => EndRun(output);

    private static bool TryParse(string token, out byte value)
    {
        value = 0;
        return token.Length == 6
            && token.StartsWith("<0x", StringComparison.Ordinal)
            && token[5] == '>'
            && byte.TryParse(
                token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    private void EndRun(List<TextChunk> output)
    {
        if (_run.Count == 0)
        {
            return;
        }

        try
        {
            output.Add(TextChunk.Whole(Strict.GetString([.. _run])));
        }
        catch (DecoderFallbackException)
        {
            for (int i = 0; i < _run.Count; i++)
            {
                output.Add(TextChunk.Whole("\uFFFD"));
            }
        }

        _run.Clear();
    }
}
