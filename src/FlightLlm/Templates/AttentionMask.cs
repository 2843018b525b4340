namespace Flightc.FlightLlm;

/// <summary>
/// Which blocks of 64 queries by 64 keys attention computes, for each decoder layer and head; the same for all inputs.
/// </summary>
public sealed class AttentionMask
{
    /// <summary>Tokens on the side of a block.</summary>
    public const int BlockTokens = 64;

    private readonly Func<int, int, int, int, bool> _isComputed;

    /// <summary>A mask from a function.</summary>
    /// <param name="isComputed">Given decoder layer, head, block of queries and block of keys, whether it is computed.</param>
    /// <param name="isTheSameForAllLayers">Whether the decoder layer changes nothing.</param>
    public AttentionMask(Func<int, int, int, int, bool> isComputed, bool isTheSameForAllLayers = false)
    {
        _isComputed = isComputed;
        IsTheSameForAllLayers = isTheSameForAllLayers;
    }

    /// <summary>Every block that holds a query and a key not after it.</summary>
    public static AttentionMask Causal { get; } = new((_, _, query, key) => key <= query, true);

    /// <summary>Whether all decoder layers have the same mask.</summary>
    public bool IsTheSameForAllLayers { get; }

    /// <summary>Whether a block of 16 queries by 16 keys is computed.</summary>
    /// <param name="layer">Decoder layer.</param>
    /// <param name="head">Query head.</param>
    /// <param name="query">Number of the block of 16 queries.</param>
    /// <param name="key">Number of the block of 16 keys.</param>
    public bool IsComputed(int layer, int head, int query, int key) =>
        _isComputed(layer, head, query * Tile.Block / BlockTokens, key * Tile.Block / BlockTokens);
}
