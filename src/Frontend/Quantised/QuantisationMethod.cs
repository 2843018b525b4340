namespace Flightc.Quantised;

/// <summary>How a checkpoint stores its matrices.</summary>
public enum QuantisationMethod
{
    /// <summary>GPTQ's layout: codes packed along the inputs, zero points and scales by group (Frantar et al. 2022; AutoGPTQ, GPTQModel).</summary>
    Gptq,

    /// <summary>AWQ's GEMM layout: codes packed along the outputs in an order of their own (Lin et al. 2023; AutoAWQ).</summary>
    Awq,

    /// <summary>compressed-tensors: packed or plain codes, in bitmasks or whole.</summary>
    CompressedTensors,

    /// <summary>Numbers of 8 bits with a scale for each block, row or matrix.</summary>
    Float8,
}
