namespace Flightc.IR;

/// <summary>
/// Matrices that nobody needs any more, for the next of the same shape: fresh arrays of many megabytes cost time for every page of them, and are garbage
/// for long. Safe from several threads.
/// </summary>
/// <param name="mostBytes">The most bytes to keep for later.</param>
public sealed class MatrixPool(long mostBytes)
{
    private readonly Lock _lock = new();

    // Oldest first.
    private readonly List<QuantizedMatrix> _idle = [];
    private long _bytes;

    /// <summary>A matrix of that shape and format. What stands in it has no meaning.</summary>
    /// <param name="rows">Output features.</param>
    /// <param name="columns">Input features.</param>
    /// <param name="format">Bits, groups, sparsity.</param>
    public QuantizedMatrix Rent(int rows, int columns, QuantizedFormat format)
    {
        int groups = format.GroupsIn(columns);
        QuantizedMatrix? found;
        lock (_lock)
        {
            int at = _idle.FindLastIndex(m => m.Rows == rows && m.Columns == columns && m.Groups == groups);
            found = at < 0 ? null : _idle[at];
            if (found is not null)
            {
                _idle.RemoveAt(at);
                _bytes -= found.Bytes;
            }
        }

        return found is null
            ? new QuantizedMatrix(
                rows, columns, format, GC.AllocateUninitializedArray<sbyte>(checked(rows * columns)), new byte[(long)rows * groups], new float[rows])
            : new QuantizedMatrix(rows, columns, format, found.Codes, found.Multipliers, found.RowScales);
    }

    /// <summary>Takes a matrix that nobody looks at any more; what was here longest goes where there are too many.</summary>
    public void Return(QuantizedMatrix matrix)
    {
        lock (_lock)
        {
            _idle.Add(matrix);
            _bytes += matrix.Bytes;
            while (_bytes > mostBytes)
            {
                _bytes -= _idle[0].Bytes;
                _idle.RemoveAt(0);
            }
        }
    }
}
