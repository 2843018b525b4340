using Flightc.IR;

namespace Flightc.Passes.Tiling;

/// <summary>A node in the order in which it is executed, and what it does to the residual stream.</summary>
/// <param name="Node">The node.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Layer">The layer that it belongs to; the number of layers for the head and the norm in front of it.</param>
internal readonly record struct StreamStep(Node Node, StreamKind Kind, int Layer);

/// <summary>What a node does to the residual stream.</summary>
internal enum StreamKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Begins it.</summary>
    Begin,

    /// <summary>Reads it and leaves it as it is.</summary>
    Read,

    /// <summary>Puts something else in its place, made of it alone or of it and what comes from elsewhere.</summary>
    Update,

    /// <summary>Adds a branch to it.</summary>
    Join,

    /// <summary>Begins a branch: a result of as many elements, that is not added right away.</summary>
    Branch,

    /// <summary>Puts something else in the place of the branch.</summary>
    UpdateBranch,
}
