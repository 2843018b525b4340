namespace Flightc.Tokenizers;

/// <summary>Everything a tokenizer file describes, checked.</summary>
internal sealed class TokenizerParts
{
    public required string Location { get; init; }

    /// <summary>The model's tokens and the added ones.</summary>
    public required Vocabulary Vocabulary { get; init; }

    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    public required INormalizer Normalizer { get; init; }

    public required IPreTokenizer PreTokenizer { get; init; }

    public required ITokenModel Model { get; init; }

    public required SequenceTemplate Template { get; init; }

    /// <summary>Makes the decoders of a new decoding.</summary>
    public required Func<IReadOnlyList<DecoderStage>> Decoders { get; init; }
}
