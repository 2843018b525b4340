namespace Flightc.Targets;

/// <summary>The card's high-bandwidth memory: channels that work independently of each other.</summary>
/// <param name="Channels">Pseudo-channels on the card; a machine may leave some unused.</param>
/// <param name="ChannelBytes">Capacity of one.</param>
/// <param name="BytesPerCycle">The most one delivers in a cycle of the machine's clock.</param>
public sealed record HbmMemory(int Channels, long ChannelBytes, int BytesPerCycle);
