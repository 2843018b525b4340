using Flightc.Onnx;

namespace Flightc.Export;

/// <summary>The extents of inputs and outputs that are known when the model runs. Names are those that other exporters use.</summary>
internal static class Dims
{
    /// <summary>Sequences side by side, all of one length.</summary>
    public static OnnxDim Batch { get; } = new(null, "batch_size");

    /// <summary>Tokens of a run.</summary>
    public static OnnxDim Sequence { get; } = new(null, "sequence_length");

    /// <summary>Tokens before them.</summary>
    public static OnnxDim Past { get; } = new(null, "past_sequence_length");

    /// <summary>Both.</summary>
    public static OnnxDim Total { get; } = new(null, "total_sequence_length");

    /// <summary>A number.</summary>
    public static OnnxDim Of(long size) => new(size, "");
}
