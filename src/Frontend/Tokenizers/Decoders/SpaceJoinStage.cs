namespace Flightc.Tokenizers;

/// <summary>What happens where a file names no decoder: tokens joined by spaces.</summary>
internal sealed class SpaceJoinStage : DecoderStage
{
    private bool _isFirst = true;

    public override void Push(TextChunk chunk, List<TextChunk> output)
    {
        if (chunk.StartsToken && !_isFirst)
        {
            output.Add(TextChunk.Whole(" "));
        }

        _isFirst = false;
        output.Add(chunk);
    }
}
