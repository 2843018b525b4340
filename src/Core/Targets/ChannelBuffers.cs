namespace Flightc.Targets;

/// <summary>The two ring buffers between a channel and the matrix engine: docs/memory.md §1.</summary>
/// <param name="WeightRingBytes">Capacity of the ring for weights.</param>
/// <param name="CacheRingBytes">Capacity of the ring for the KV cache.</param>
/// <param name="PageBytes">The unit in which weights are loaded; weight streams are whole pages.</param>
public sealed record ChannelBuffers(int WeightRingBytes, int CacheRingBytes, int PageBytes)
{
    /// <summary>
    /// The largest tile of docs/memory.md §2: header, 16 multipliers, eight dense blocks of 8-bit codes.
    /// </summary>
    public const int LargestTileBytes = 8 + 12 + (8 * 16 * 16);

    /// <summary>
    /// The smallest ring with which loading cannot wait for ever: pages arrive in all rings of a core at
    /// once, while the streams of a product can differ by a tile between channels and the last tile can be
    /// incomplete.
    /// </summary>
    public static int LeastWeightRingBytes(int pageBytes) => pageBytes + (2 * LargestTileBytes);
}
