namespace Flightc.Backend.Packing;

/// <summary>Takes the bytes of the weight streams of one core.</summary>
/// <remarks>Called by one thread at a time for each channel, by several for several; in each channel positions ascend without gaps.</remarks>
/// <param name="channel">Number of the channel in the core.</param>
/// <param name="position">Byte address in the channel.</param>
/// <param name="bytes">What lies there; valid during the call.</param>
public delegate void ChannelWriter(int channel, long position, ReadOnlySpan<byte> bytes);
