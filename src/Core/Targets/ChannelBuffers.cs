namespace Flightc.Targets;

/// <summary>The two ring buffers between a channel and the matrix engine: docs/memory.md §1.</summary>
/// <param name="WeightRingBytes">Capacity of the ring for weights.</param>
/// <param name="CacheRingBytes">Capacity of the ring for the KV cache.</param>
/// <param name="PageBytes">The unit in which weights are loaded; weight streams are whole pages.</param>
/// <param name="WidthBytes">Bytes that the matrix engine takes off a channel's ring in a cycle.</param>
public sealed record ChannelBuffers(int WeightRingBytes, int CacheRingBytes, int PageBytes, int WidthBytes)
{
    /// <summary>
    /// The largest tile of docs/memory.md §2: header, 16 multipliers, eight dense blocks of 8-bit codes.
    /// </summary>
    public const int LargestTileBytes = 8 + 12 + (8 * 16 * 16);

    /// <summary>
    /// The smallest ring that a target may have: a page, and a tile at each end of it that is not whole. A model
    /// whose products differ more between channels needs a larger one, and is refused when it is compiled.
    /// </summary>
    public static int LeastWeightRingBytes(int pageBytes) => pageBytes + (2 * LargestTileBytes);
}
