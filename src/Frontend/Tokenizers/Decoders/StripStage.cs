using System.Text;

namespace Flightc.Tokenizers;

/// <summary>Removes up to so many of one character from the start and from the end of every token.</summary>
internal sealed class StripStage(char content, int start, int stop) : DecoderStage
{
    private int _toStrip;
    // Characters to strip that may turn out to be the last of the token; never more than stop.
    private int _held;

    public override void Push(TextChunk chunk, List<TextChunk> output)
    {
        if (chunk.StartsToken)
        {
            _toStrip = start;
            _held = 0;
        }

        StringBuilder kept = new(chunk.Text.Length);
        foreach (char character in chunk.Text)
        {
            if (character != content)
            {
                _toStrip = 0;
                kept.Append(content, _held).Append(character);
                _held = 0;
            }
            else if (_toStrip > 0)
            {
                _toStrip--;
            }
            else if (_held < stop)
            {
                _held++;
            }
            else
            {
                kept.Append(content);
            }
        }

        output.Add(chunk with { Text = kept.ToString() });
    }
}
