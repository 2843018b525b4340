namespace Flightc.Tokenizers;

/// <summary>
/// Turns word marks into spaces; those of the first token vanish where encoding had put one in front.
/// </summary>
internal sealed class MetaspaceStage(char mark, bool dropsLeading) : DecoderStage
{
    private bool _isFirst = true;

    public override void Push(TextChunk chunk, List<TextChunk> output)
    {
        string replacement = _isFirst && dropsLeading ? "" : " ";
        output.Add(chunk with { Text = chunk.Text.Replace(mark.ToString(), replacement, StringComparison.Ordinal) });
        _isFirst &= !chunk.EndsToken;
    }
}
