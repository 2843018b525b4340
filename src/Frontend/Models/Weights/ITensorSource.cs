using Flightc.IR;

namespace Flightc.Models;

/// <summary>
/// A tensor of floats that a user brought, whatever file and form it is stored in: as it is in a checkpoint, decoded from codes, or in an ONNX file.
/// </summary>
/// <remarks>Reading is safe from several threads, as long as the file behind it is open. Values may be NaN or infinite; <see cref="SourceWeights"/>
/// refuses them.</remarks>
public interface ITensorSource
{
    /// <summary>The name where it comes from, such as <c>model.layers.0.mlp.down_proj.weight</c>.</summary>
    string Name { get; }

    /// <summary>The file that holds it, for messages.</summary>
    string Location { get; }

    /// <summary>F32, F16, BF16 or F64: what <see cref="ReadElements"/> gives.</summary>
    ElementType ElementType { get; }

    /// <summary>Elements per dimension, outermost first.</summary>
    IReadOnlyList<long> Shape { get; }

    /// <summary>Consecutive elements as binary32: exactly, save F64, which is rounded half to even.</summary>
    /// <param name="start">Index of the first element, row-major.</param>
    /// <param name="destination">As many elements as are wanted.</param>
    void ReadFloats(long start, Span<float> destination);

    /// <summary>Consecutive elements as <see cref="ElementType"/>, little-endian.</summary>
    /// <param name="start">Index of the first element, row-major.</param>
    /// <param name="destination">A whole number of elements.</param>
    void ReadElements(long start, Span<byte> destination);

    /// <summary>Consecutive elements as <see cref="ReadElements"/> gives them, where they lie in memory so already; empty where they do not.</summary>
    /// <param name="start">Index of the first element, row-major.</param>
    /// <param name="byteCount">A whole number of elements.</param>
    /// <remarks>Valid as long as the file behind it is open.</remarks>
    ReadOnlySpan<byte> ViewElements(long start, int byteCount) => [];
}
