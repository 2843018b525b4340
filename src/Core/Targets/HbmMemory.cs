namespace Flightc.Targets;

/// <summary>The card's high-bandwidth memory: channels that work independently of each other.</summary>
/// <param name="Channels">Pseudo-channels on the card; a machine may leave some unused.</param>
/// <param name="ChannelBytes">Capacity of one.</param>
/// <param name="ChannelBytesPerSecond">The most one delivers; what is lost of it, <see cref="HbmTiming"/>
/// says.</param>
public sealed record HbmMemory(int Channels, long ChannelBytes, double ChannelBytesPerSecond);
