using Flightc.Isa;

namespace Flightc.Schedules;

/// <summary>The KV cache's extents.</summary>
/// <param name="Layers">Layers.</param>
/// <param name="Heads">KV heads of a layer.</param>
/// <param name="HeadDim">Elements of a head.</param>
public sealed record CacheShape(int Layers, int Heads, int HeadDim)
{
    /// <summary>Width of a code: 8 or 4.</summary>
    public int Bits { get; init; } = 8;

    /// <summary>Whether two codes share a byte.</summary>
    public bool IsPacked => Bits == 4;

    /// <summary>Bytes of a key with its scales and its value's: docs/memory.md §3.</summary>
    public int KeyRowBytes => checked((int)MultiplyKeys.RowBytes(HeadDim, IsPacked));

    /// <summary>Bytes of a value, and of a key without what follows its codes.</summary>
    public int ValueRowBytes => checked((int)MultiplyValues.RowBytes(HeadDim, IsPacked));
}
