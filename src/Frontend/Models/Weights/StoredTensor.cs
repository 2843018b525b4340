using Flightc.Checkpoints;
using Flightc.IR;

namespace Flightc.Models;

/// <summary>A tensor of a checkpoint as it is stored.</summary>
/// <param name="tensor">Of a floating type.</param>
/// <param name="element">That type.</param>
internal sealed class StoredTensor(CheckpointTensor tensor, ElementType element) : ITensorSource
{
    /// <inheritdoc/>
    public string Name => tensor.Name;

    /// <inheritdoc/>
    public string Location => tensor.FilePath;

    /// <inheritdoc/>
    public ElementType ElementType => element;

    /// <inheritdoc/>
    public IReadOnlyList<long> Shape => tensor.Shape;

    /// <inheritdoc/>
    public void ReadFloats(long start, Span<float> destination) => tensor.ReadFloats(start, destination);

    /// <inheritdoc/>
    public void ReadElements(long start, Span<byte> destination) =>
        tensor.Bytes(start * TensorElements.Bytes(element), destination.Length).CopyTo(destination);

    /// <inheritdoc/>
    public ReadOnlySpan<byte> ViewElements(long start, int byteCount) => tensor.Bytes(start * TensorElements.Bytes(element), byteCount);
}
