namespace Flightc.Passes.Tiling;

/// <summary>What a matrix product of a decoder is for.</summary>
internal enum LinearRole
{
    /// <summary>Queries, keys or values.</summary>
    Projection,

    /// <summary>Behind attention: elements of the residual stream.</summary>
    AttentionOutput,

    /// <summary>Gate or up: what an activation function gets.</summary>
    Gate,

    /// <summary>Behind an activation function: elements of the residual stream.</summary>
    Down,

    /// <summary>Logits.</summary>
    Head,
}
