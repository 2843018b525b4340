namespace Flightc.Onnx.Evaluation;

/// <summary>Bytes that can be looked at where they are, without a copy.</summary>
internal interface IMemoryBytes
{
    /// <summary>All of them.</summary>
    ReadOnlySpan<byte> Span { get; }
}
