using Flightc.IR;

namespace Flightc.Passes.Tiling;

/// <summary>An attention and what makes its queries, keys and values.</summary>
/// <param name="Node">The attention.</param>
/// <param name="Heads">Queries, keys, values.</param>
internal sealed record AttentionRole(Node Node, IReadOnlyList<HeadRole> Heads)
{
    /// <summary>Number of queries, keys and values in <see cref="Heads"/> and in the product of all three.</summary>
    public static IReadOnlyList<string> Letters { get; } = ["q", "k", "v"];

    /// <summary>The operator.</summary>
    public Attention Op => (Attention)Node.Op;

    /// <summary>The codes that all three projections multiply.</summary>
    public ValueId Codes => Heads[0].Projection.Operands[0];
}

/// <summary>What makes the queries, the keys or the values of an attention.</summary>
/// <param name="Codes">Makes codes of them, rotated or not.</param>
/// <param name="Norm">Normalises each head before; null where nothing does.</param>
/// <param name="Projection">The product.</param>
internal sealed record HeadRole(Node Codes, Node? Norm, Node Projection)
{
    /// <summary>The rotation, or null.</summary>
    public RotaryQuantize? Rotary => Codes.Op as RotaryQuantize;
}
