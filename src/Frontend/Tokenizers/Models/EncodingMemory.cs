namespace Flightc.Tokenizers;

/// <summary>What the models write to while they encode; one serves one call at a time and is used again.</summary>
internal sealed class EncodingMemory
{
    /// <summary>The symbols of byte-pair encoding.</summary>
    public SymbolChain Chain { get; } = new();

    /// <summary>The best paths of a unigram model.</summary>
    public BestPaths Paths { get; } = new();
}
