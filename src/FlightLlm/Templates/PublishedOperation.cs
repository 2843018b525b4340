namespace Flightc.FlightLlm;

/// <summary>What an instruction does, as far as its time or the account of bytes depends on it.</summary>
public enum PublishedOperation
{
    /// <summary>Loads activations, or an operand of an element-wise operation.</summary>
    LoadActivations,

    /// <summary>Loads biases, INT32.</summary>
    LoadBias,

    /// <summary>Loads weights; their bytes are those of dense INT8.</summary>
    LoadWeights,

    /// <summary>Loads keys or values.</summary>
    LoadCache,

    /// <summary>Writes zeros into the A buffer, without memory.</summary>
    ZeroFill,

    /// <summary>Gives a token when the loads before it are done; moves nothing.</summary>
    LoadMarker,

    /// <summary>Stores activations.</summary>
    StoreActivations,

    /// <summary>Appends to the cache.</summary>
    StoreCache,

    /// <summary>A product of matrices.</summary>
    Multiply,

    /// <summary>Element-wise addition.</summary>
    Add,

    /// <summary>Element-wise multiplication.</summary>
    Mul,

    /// <summary>Softmax over a row.</summary>
    Softmax,

    /// <summary>RMS norm over a row.</summary>
    RmsNorm,

    /// <summary>SiLU.</summary>
    Silu,

    /// <summary>Sends a vector to the other cores, without memory.</summary>
    Exchange,

    /// <summary>Waits for all cores.</summary>
    Barrier,
}
