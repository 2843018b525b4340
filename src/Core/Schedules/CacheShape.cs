namespace Flightc.Schedules;

/// <summary>The KV cache's extents.</summary>
/// <param name="Layers">Layers.</param>
/// <param name="Heads">KV heads of a layer.</param>
/// <param name="HeadDim">Elements of a head.</param>
public sealed record CacheShape(int Layers, int Heads, int HeadDim);
