using System.Runtime.InteropServices;
using Flightc.IR;

namespace Flightc.Models;

/// <summary>A weight of the Graph and the tensor that it is made of.</summary>
/// <param name="source">The tensor; its shape is that which <paramref name="transform"/> wants.</param>
/// <param name="shape">The weight's shape, (out, in) for a matrix.</param>
/// <param name="transform">How one is made of the other.</param>
public sealed class BoundTensor(ITensorSource source, IReadOnlyList<long> shape, TensorTransform transform)
{
    // Rows of a transposed matrix that are read together: a line of memory holds one element of each of 16 to 32 neighbours.
    private const int RowsAtOnce = 32;

    // The last block that a thread turned: rows are usually read one after another.
    [ThreadStatic]
    private static TurnedBlock? _block;

    /// <summary>The tensor.</summary>
    public ITensorSource Source => source;

    /// <summary>How the weight is made of it.</summary>
    public TensorTransform Transform => transform;

    /// <summary>The weight's type: elements as stored, or f32 where values change.</summary>
    public TensorType Type { get; } = new(
        transform.ChangesValues ? ElementType.F32 : source.ElementType, [.. shape.Select(size => new Dim(size))]);

    /// <summary>Where the weight comes from, in words: the tensor, and what is done to it.</summary>
    public string Origin => transform.Describe(shape) is { Length: > 0 } words ? $"{source.Name} ({words})" : source.Name;

    /// <summary>Consecutive values, in (out, in) order.</summary>
    /// <param name="start">Index of the first one.</param>
    /// <param name="destination">As many as are wanted.</param>
    public void ReadFloats(long start, Span<float> destination)
    {
        Read(start, MemoryMarshal.AsBytes(destination), sizeof(float), (at, bytes) => source.ReadFloats(at, MemoryMarshal.Cast<byte, float>(bytes)));
        if (transform.ChangesValues)
        {
            foreach (ref float value in destination)
            {
                value = (value * transform.Factor) + transform.Offset;
            }
        }
    }

    /// <summary>Consecutive elements of <see cref="Type"/>, little-endian, in (out, in) order: what is hashed.</summary>
    /// <param name="start">Index of the first one.</param>
    /// <param name="destination">A whole number of elements.</param>
    public void ReadElements(long start, Span<byte> destination)
    {
        if (transform.ChangesValues)
        {
            ReadFloats(start, MemoryMarshal.Cast<byte, float>(destination));
            return;
        }

        Read(start, destination, TensorElements.Bytes(source.ElementType), source.ReadElements);
    }

    /// <summary>What <see cref="ReadElements"/> gives, where it lies in memory so already; empty where it does not.</summary>
    /// <param name="start">Index of the first one.</param>
    /// <param name="byteCount">A whole number of elements.</param>
    public ReadOnlySpan<byte> ViewElements(long start, int byteCount)
    {
        bool isAsStored = !transform.ChangesValues && !transform.IsTransposed && transform.InterleavedHead == 0;
        return isAsStored ? source.ViewElements((transform.FirstRow * (shape.Count == 1 ? 1 : shape[1])) + start, byteCount) : [];
    }

    private delegate void Reader(long start, Span<byte> destination);

    private void Read(long start, Span<byte> destination, int elementBytes, Reader read)
    {
        long columns = shape.Count == 1 ? 1 : shape[1];
        if (transform.IsTransposed && shape.Count == 2)
        {
            ReadTurned(start, destination, elementBytes, columns, read);
        }
        else if (transform.InterleavedHead == 0)
        {
            read((transform.FirstRow * columns) + start, destination);
        }
        else
        {
            ReadRows(start, destination, elementBytes, columns, read);
        }
    }

    private void ReadRows(long start, Span<byte> destination, int elementBytes, long columns, Reader read)
    {
        while (destination.Length > 0)
        {
            (long row, long column) = Math.DivRem(start, columns);
            int count = (int)Math.Min(columns - column, destination.Length / elementBytes);
            read((transform.StoredRow(row) * columns) + column, destination[..(count * elementBytes)]);
            start += count;
            destination = destination[(count * elementBytes)..];
        }
    }

    private void ReadTurned(long start, Span<byte> destination, int elementBytes, long columns, Reader read)
    {
        while (destination.Length > 0)
        {
            (long row, long column) = Math.DivRem(start, columns);
            TurnedBlock block = BlockOf(row / RowsAtOnce, elementBytes, columns, read);
            long offset = ((row % RowsAtOnce) * columns) + column;
            int count = (int)Math.Min((block.Bytes.Length / elementBytes) - offset, destination.Length / elementBytes);
            block.Bytes.AsSpan((int)(offset * elementBytes), count * elementBytes).CopyTo(destination);
            start += count;
            destination = destination[(count * elementBytes)..];
        }
    }

    private TurnedBlock BlockOf(long index, int elementBytes, long columns, Reader read)
    {
        if (_block is { } known && known.Owner == this && known.Index == index && known.ElementBytes == elementBytes)
        {
            return known;
        }

        long first = index * RowsAtOnce;
        int rows = (int)Math.Min(RowsAtOnce, shape[0] - first);
        byte[] bytes = new byte[rows * columns * elementBytes];
        Span<byte> line = stackalloc byte[RowsAtOnce * sizeof(double)];
        long storedRows = source.Shape[1];
        for (long column = 0; column < columns; column++)
        {
            ReadLine(column, line[..(rows * elementBytes)]);
            for (int row = 0; row < rows; row++)
            {
                line.Slice(row * elementBytes, elementBytes).CopyTo(bytes.AsSpan((int)(((row * columns) + column) * elementBytes)));
            }
        }

        _block = new TurnedBlock(this, index, elementBytes, bytes);
        return _block;

        void ReadLine(long column, Span<byte> destination)
        {
            if (transform.InterleavedHead == 0)
            {
                read((column * storedRows) + transform.FirstRow + first, destination);
                return;
            }

            for (int row = 0; row < rows; row++)
            {
                read((column * storedRows) + transform.StoredRow(first + row), destination.Slice(row * elementBytes, elementBytes));
            }
        }
    }

    private sealed record TurnedBlock(BoundTensor Owner, long Index, int ElementBytes, byte[] Bytes);
}
