using System.Runtime.InteropServices;
using Flightc.IR;
using Flightc.Models;

namespace Flightc.Quantised;

/// <summary>The floats that stored codes stand for: <c>(code - zero) · scale</c> of the column's group, in binary32.</summary>
/// <remarks>Differences are exact, and so are products with scales of 16 bits; those with longer ones are rounded once.</remarks>
internal sealed class DecodedMatrix : ICodeSource
{
    // Elements decoded at once: enough to read packed columns in runs, and little beside a model.
    private const int BlockElements = 1 << 19;

    private const int LargestGroup = 128;

    // Whole rows are decoded: a longer one is no model's.
    private const long MostColumns = 1 << 24;

    // The last block that a thread decoded: rows are usually read one after another.
    [ThreadStatic]
    private static Block? _block;

    private readonly ICodeRows _codes;
    private readonly IGroupValues _scales;
    private readonly IGroupValues? _zeros;
    private readonly float _zero;
    private readonly Func<long, int> _groupOf;
    private readonly int _rowsAtOnce;

    /// <param name="name">Of the tensor that is shown.</param>
    /// <param name="location">The file of the codes.</param>
    /// <param name="codes">At most 2^24 columns.</param>
    /// <param name="scales">For every group.</param>
    /// <param name="zeros">For every group; null where all are <paramref name="zero"/>.</param>
    /// <param name="zero">The zero point of all groups.</param>
    /// <param name="groupOf">The group of a column, below those of the scales.</param>
    public DecodedMatrix(string name, string location, ICodeRows codes, IGroupValues scales, IGroupValues? zeros, float zero, Func<long, int> groupOf)
    {
        (Name, Location, _codes, _scales, _zeros, _zero, _groupOf) = (name, location, codes, scales, zeros, zero, groupOf);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(codes.Columns, MostColumns);
        _rowsAtOnce = (int)Math.Clamp(BlockElements / codes.Columns, 1, 64);
    }

    /// <summary>The most columns that can be decoded.</summary>
    public static long ColumnLimit => MostColumns;

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Location { get; }

    /// <inheritdoc/>
    public ElementType ElementType => ElementType.F32;

    /// <inheritdoc/>
    public IReadOnlyList<long> Shape => [_codes.Rows, _codes.Columns];

    /// <inheritdoc/>
    public void ReadElements(long start, Span<byte> destination) => ReadFloats(start, MemoryMarshal.Cast<byte, float>(destination));

    /// <inheritdoc/>
    public void ReadFloats(long start, Span<float> destination)
    {
        long columns = _codes.Columns;
        while (destination.Length > 0)
        {
            (long row, long column) = Math.DivRem(start, columns);
            Block block = BlockOf(row / _rowsAtOnce);
            ReadOnlySpan<float> rest = block.Values.AsSpan((int)((row % _rowsAtOnce * columns) + column));
            int count = Math.Min(rest.Length, destination.Length);
            rest[..count].CopyTo(destination);
            start += count;
            destination = destination[count..];
        }
    }

    /// <inheritdoc/>
    public QuantizedFormat? FindFormat(long firstRow, long rows, out string reason)
    {
        int size = GroupSize();
        reason = _codes.Bits == 0 ? "its codes are floats"
            : size == 0 ? "its columns are grouped in another way"
            : HasOtherZeros(firstRow, rows) ? "it has zero points other than the middle"
            : "";
        if (reason.Length > 0)
        {
            return null;
        }

        float[] scales = new float[_scales.Groups];
        byte[] multipliers = new byte[scales.Length];
        for (long row = firstRow; row < firstRow + rows; row++)
        {
            _scales.Read(row, 1, scales);
            if (CommonScale.Find(scales, multipliers) is null)
            {
                reason = "the scales of its groups are not small multiples of one number";
                return null;
            }

            // The largest sum that a row of such codes can have: docs/numerics.md §2.
            if (_codes.Columns * multipliers.Max() * (1L << (_codes.Bits - 1)) * 127 > int.MaxValue)
            {
                reason = "sums over its rows could exceed 32 bits";
                return null;
            }
        }

        return new QuantizedFormat(_codes.Bits, size);
    }

    /// <inheritdoc/>
    public QuantizedMatrix ReadCodes(long firstRow, int rows)
    {
        QuantizedFormat format = new(_codes.Bits, GroupSize());
        int columns = (int)_codes.Columns, groups = format.GroupsIn(columns);
        sbyte[] codes = new sbyte[(long)rows * columns];
        byte[] multipliers = new byte[rows * groups];
        float[] rowScales = new float[rows];
        float[] values = new float[columns], scales = new float[_scales.Groups];
        byte[] found = new byte[scales.Length];
        for (int row = 0; row < rows; row++)
        {
            _scales.Read(firstRow + row, 1, scales);
            rowScales[row] = CommonScale.Find(scales, found)!.Value;
            for (int g = 0; g < groups; g++)
            {
                multipliers[(row * groups) + g] = found[found.Length == 1 ? 0 : g];
            }

            _codes.Read(firstRow + row, 1, values);
            for (int k = 0; k < columns; k++)
            {
                codes[((long)row * columns) + k] = (sbyte)(values[k] - _codes.Centre);
            }
        }

        return new QuantizedMatrix(rows, columns, format, codes, multipliers, rowScales);
    }

    // Of the groups that we have, 0 where they are others. One group for a whole row is as good as any.
    private int GroupSize()
    {
        if (_scales.Groups == 1)
        {
            return LargestGroup;
        }

        foreach (int size in (int[])[32, 64, LargestGroup])
        {
            if ((_codes.Columns + size - 1) / size == _scales.Groups
                && Enumerable.Range(0, (int)_codes.Columns).All(k => _groupOf(k) == k / size))
            {
                return size;
            }
        }

        return 0;
    }

    private bool HasOtherZeros(long firstRow, long rows)
    {
        if (_zeros is null)
        {
            return _zero != _codes.Centre;
        }

        float[] zeros = new float[_zeros.Groups];
        for (long row = firstRow; row < firstRow + rows; row++)
        {
            _zeros.Read(row, 1, zeros);
            if (zeros.AsSpan().ContainsAnyExcept(_codes.Centre))
            {
                return true;
            }
        }

        return false;
    }

    private Block BlockOf(long index)
    {
        if (_block is { } known && known.Owner == this && known.Index == index)
        {
            return known;
        }

        long first = index * _rowsAtOnce;
        int rows = (int)Math.Min(_rowsAtOnce, _codes.Rows - first), columns = (int)_codes.Columns;
        float[] values = new float[rows * columns];
        _codes.Read(first, rows, values);
        float[] scales = new float[rows * _scales.Groups];
        _scales.Read(first, rows, scales);
        float[] zeros = [];
        if (_zeros is not null)
        {
            zeros = new float[rows * _zeros.Groups];
            _zeros.Read(first, rows, zeros);
        }

        for (int row = 0; row < rows; row++)
        {
            for (int k = 0; k < columns; k++)
            {
                int group = _groupOf(k);
                float zero = _zeros is null ? _zero : zeros[(row * _zeros.Groups) + group];
                ref float value = ref values[(row * columns) + k];
                value = (value - zero) * scales[(row * _scales.Groups) + group];
            }
        }

        return _block = new Block(this, index, values);
    }

    private sealed record Block(DecodedMatrix Owner, long Index, float[] Values);
}
