using Flightc.IR;

namespace Flightc.Passes.Tiling;

/// <summary>A vector that a node of the Graph takes from scratch.</summary>
/// <param name="User">The node.</param>
/// <param name="Weight">The vector.</param>
/// <param name="Kind">How it is divided among cores.</param>
/// <param name="Region">Its place in scratch, without the phase.</param>
/// <param name="Number">Number of the product's part, of a <see cref="VectorKind.Projection"/>; 1 for a gate's bias and 2 for an up's, of
/// those whose blocks alternate; otherwise 0.</param>
internal sealed record VectorUse(Node User, Weight Weight, VectorKind Kind, string Region, int Number = 0);

/// <summary>How a vector is divided among cores, and how long it is needed.</summary>
internal enum VectorKind
{
    /// <summary>Of the residual stream: weights and biases of norms.</summary>
    Norm,

    /// <summary>The same for all heads, and whole on every core.</summary>
    HeadNorm,

    /// <summary>As the rows of queries, keys or values.</summary>
    Projection,

    /// <summary>Of the residual stream, a core's slice: what is added to results of products.</summary>
    Hidden,

    /// <summary>As the rows of gate and up.</summary>
    Gate,

    /// <summary>As the logits: needed once in a step.</summary>
    Head,
}
