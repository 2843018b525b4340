namespace Flightc.Isa;

/// <summary>A run of consecutive memory channels that one core owns.</summary>
/// <param name="First">Number of the first channel.</param>
/// <param name="Count">How many.</param>
public readonly record struct ChannelRange(int First, int Count);

/// <summary>
/// What a program assumes of the machine it runs on. A device refuses a program whose geometry is not its
/// own.
/// </summary>
/// <param name="Target">Name of the target.</param>
/// <param name="Cores">The channels of each core, in order and without gaps.</param>
/// <param name="ChannelBytes">Capacity of a memory channel.</param>
/// <param name="DdrBytes">Capacity of DDR.</param>
/// <param name="ScratchBytes">Scratch of each core.</param>
/// <param name="WeightRingBytes">Capacity of the weight ring of each channel.</param>
/// <param name="CacheRingBytes">Capacity of the KV ring of each channel.</param>
/// <param name="PageBytes">Bytes of a page of <see cref="LoadWeights"/>.</param>
public sealed record Geometry(
    string Target, IReadOnlyList<ChannelRange> Cores, long ChannelBytes, long DdrBytes, long ScratchBytes,
    int WeightRingBytes,
    int CacheRingBytes, int PageBytes)
{
    /// <summary>C of docs/isa.md: channels of the whole machine.</summary>
    public int Channels => Cores.Sum(c => c.Count);
}
