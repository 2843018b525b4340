using System.Text;

namespace Flightc.Tokenizers;

/// <summary>Replaces a fixed text inside every token.</summary>
internal sealed class ReplaceStage(string pattern, string content) : DecoderStage
{
    // The end of the token so far where it may be the beginning of the pattern.
    private string _held = "";

    public override void Push(TextChunk chunk, List<TextChunk> output)
    {
        string text = _held + chunk.Text;
        StringBuilder result = new(text.Length);
        int from = 0;
        for (int at; (at = text.IndexOf(pattern, from, StringComparison.Ordinal)) >= 0; from = at + pattern.Length)
        {
            result.Append(text, from, at - from).Append(content);
        }

        int heldLength = chunk.EndsToken ? 0 : PossibleStart(text.AsSpan(from));
        result.Append(text, from, text.Length - from - heldLength);
        _held = text[^heldLength..];
        output.Add(chunk with { Text = result.ToString() });
    }

    private int PossibleStart(ReadOnlySpan<char> text)
    {
        for (int length = Math.Min(pattern.Length - 1, text.Length); length > 0; length--)
        {
            if (text[^length..].SequenceEqual(pattern.AsSpan(0, length)))
            {
                return length;
            }
        }

        return 0;
    }
}
