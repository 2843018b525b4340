namespace Flightc.FlightLlm;

/// <summary>The shape of a LLaMA-family model: all that the published templates ask of one.</summary>
/// <param name="Hidden">Elements of the residual stream; a multiple of 16.</param>
/// <param name="Intermediate">Elements of the feed-forward hidden layer; a multiple of 16.</param>
/// <param name="Layers">Decoder layers.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="KvHeads">Key and value heads. The published generator knows only as many as query heads; with fewer, every
/// query head loads the keys and values of its group anew, as its loop over heads would.</param>
/// <param name="HeadDim">Elements of a head; a multiple of 16.</param>
/// <param name="Vocabulary">Logits; a multiple of 16.</param>
public sealed record PublishedModel(
    int Hidden, int Intermediate, int Layers, int Heads, int KvHeads, int HeadDim, int Vocabulary)
{
    /// <summary>LLaMA2-7B, the model of the published evaluation.</summary>
    public static PublishedModel Llama2With7B { get; } = new(4096, 11008, 32, 32, 32, 128, 32000);

    /// <summary>Weights that one decode step reads: all matrices and the head, without the embedding and the norms.</summary>
    public long StreamedWeights =>
        (Layers * ((2L * Hidden * Heads * HeadDim) + (2L * Hidden * KvHeads * HeadDim) + (3L * Hidden * Intermediate)))
        + ((long)Hidden * Vocabulary);

    /// <summary>Bytes of keys and values (INT8) for one token of context, all layers together.</summary>
    public long CacheBytesPerToken => 2L * Layers * KvHeads * HeadDim;
}
