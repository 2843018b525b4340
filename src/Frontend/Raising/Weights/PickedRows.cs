using Flightc.IR;
using Flightc.Models;

namespace Flightc.Raising;

/// <summary>Rows of a weight in another order.</summary>
/// <param name="whole">The weight they are of.</param>
/// <param name="rows">Which ones.</param>
internal sealed class PickedRows(BoundTensor whole, IReadOnlyList<int> rows) : ITensorSource
{
    private readonly long _columns = whole.Type.Shape.Count == 1 ? 1 : whole.Type.Columns;

    /// <inheritdoc/>
    public string Name => $"{whole.Origin}, rows reordered";

    /// <inheritdoc/>
    public string Location => whole.Source.Location;

    /// <inheritdoc/>
    public ElementType ElementType => whole.Type.Element;

    /// <inheritdoc/>
    public IReadOnlyList<long> Shape => [rows.Count, .. whole.Type.Shape.Skip(1).Select(d => d.Size)];

    /// <inheritdoc/>
    public void ReadFloats(long start, Span<float> destination)
    {
        while (destination.Length > 0)
        {
            (long row, long column) = Math.DivRem(start, _columns);
            int count = (int)Math.Min(_columns - column, destination.Length);
            whole.ReadFloats((rows[(int)row] * _columns) + column, destination[..count]);
            destination = destination[count..];
            start += count;
        }
    }

    /// <inheritdoc/>
    public void ReadElements(long start, Span<byte> destination)
    {
        int size = TensorElements.Bytes(ElementType);
        while (destination.Length > 0)
        {
            (long row, long column) = Math.DivRem(start, _columns);
            int count = (int)Math.Min(_columns - column, destination.Length / size);
            whole.ReadElements((rows[(int)row] * _columns) + column, destination[..(count * size)]);
            destination = destination[(count * size)..];
            start += count;
        }
    }
}
