namespace Flightc.Tokenizers;

/// <summary>Makes one token of all.</summary>
internal sealed class FuseStage : DecoderStage
{
    private bool _isFirst = true;

    public override void Push(TextChunk chunk, List<TextChunk> output)
    {
        output.Add(new TextChunk(chunk.Text, _isFirst, false));
        _isFirst = false;
    }

    public override void Flush(List<TextChunk> output) => output.Add(new TextChunk("", _isFirst, true));
}
