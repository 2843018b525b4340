using Flightc.IR;

namespace Flightc.Passes;

/// <summary>What passes are told beside the graph.</summary>
public sealed class PassContext
{
    /// <summary>
    /// The format a recipe wants for a matrix, or null to leave it a float. Asked once per weight, in order
    /// of first use.
    /// </summary>
    public Func<Weight, QuantizedFormat?> FormatOf { get; init; } = _ => null;

    /// <summary>Width of the KV cache's codes that a recipe wants: 8 or 4.</summary>
    public int CacheBits { get; init; } = 8;
}
