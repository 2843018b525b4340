namespace Flightc.Tokenizers;

/// <summary>One step from tokens to text, with the state of one decoding.</summary>
/// <remarks>
/// The published decoders are functions over the list of all tokens. Each is written here as a state machine
/// that emits as early as its result is certain; decoding at once is the same machine run to its end, so the
/// two agree.
/// </remarks>
internal abstract class DecoderStage
{
    /// <summary>Takes a chunk and appends what has become certain.</summary>
    public abstract void Push(TextChunk chunk, List<TextChunk> output);

    /// <summary>Ends the text and appends what was held back.</summary>
    public virtual void Flush(List<TextChunk> output)
    {
    }
}
