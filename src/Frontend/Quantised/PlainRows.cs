using Flightc.Checkpoints;
using Flightc.Container;

namespace Flightc.Quantised;

/// <summary>An element for each code: integers or floats of 8 bits, or floats that are scaled only.</summary>
/// <param name="tensor">(out, in), of a type that <see cref="StoredNumbers"/> reads.</param>
internal sealed class PlainRows(CheckpointTensor tensor) : ICodeRows
{
    /// <inheritdoc/>
    public long Rows { get; } = tensor.Shape[0];

    /// <inheritdoc/>
    public long Columns { get; } = tensor.Shape[1];

    /// <inheritdoc/>
    public int Bits => tensor.ElementType is StoredType.I8 ? 8 : 0;

    /// <inheritdoc/>
    public int Centre => 0;

    /// <inheritdoc/>
    public void Read(long firstRow, int count, Span<float> values) =>
        StoredNumbers.Read(tensor, firstRow * Columns, values[..(count * (int)Columns)]);
}
