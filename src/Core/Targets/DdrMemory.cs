namespace Flightc.Targets;

/// <summary>The card's DDR: instructions, tables, embeddings, and what host and card exchange.</summary>
/// <param name="Bytes">Capacity.</param>
/// <param name="BytesPerSecond">The most it delivers.</param>
public sealed record DdrMemory(long Bytes, double BytesPerSecond);
