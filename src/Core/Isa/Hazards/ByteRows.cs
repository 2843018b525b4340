namespace Flightc.Isa.Hazards;

/// <summary>
/// Rows of bytes in one memory: <paramref name="Rows"/> times <paramref name="Bytes"/>, <paramref name="Stride"/> apart.
/// Rows that touch or overlap are one row, so that sets which are a run of bytes have one form.
/// </summary>
/// <param name="Part">Which channel of the core; 0 for other memories.</param>
/// <param name="Start">First byte.</param>
/// <param name="Rows">Rows, at least 1.</param>
/// <param name="Stride">Bytes from one row to the next; 0 for a single row.</param>
/// <param name="Bytes">Bytes of a row, at least 1.</param>
internal readonly record struct ByteRows(int Part, long Start, long Rows, long Stride, long Bytes)
{
    /// <summary>The byte after the last.</summary>
    public long End => Start + ((Rows - 1) * Stride) + Bytes;

    /// <summary>The rows in their one form.</summary>
    public static ByteRows Of(int part, long start, long rows, long stride, long bytes) =>
        rows == 1 || stride <= bytes
            ? new(part, start, 1, 0, ((rows - 1) * stride) + bytes)
            : new(part, start, rows, stride, bytes);

    /// <summary>Where two sets first meet, as a range of bytes; null where they have no byte in common.</summary>
    public static (long Start, long End)? Common(in ByteRows a, in ByteRows b)
    {
        if (a.Part != b.Part || a.Start >= b.End || b.Start >= a.End)
        {
            return null;
        }

        if (a.Rows == 1 && b.Rows == 1)
        {
            return (Math.Max(a.Start, b.Start), Math.Min(a.End, b.End));
        }

        return a.Stride == b.Stride ? AtOnePitch(a, b) : RowByRow(a, b);
    }

    // Row i of a begins m = i - j pitches after row j of b, less what lies between their first rows; m takes every
    // value from 1 - b.Rows to a.Rows - 1, and the smallest i that goes with the first that fits is where they meet first.
    private static (long Start, long End)? AtOnePitch(in ByteRows a, in ByteRows b)
    {
        long distance = b.Start - a.Start;
        long first = Math.Max(FloorDiv(distance - a.Bytes, a.Stride) + 1, 1 - b.Rows);
        if (first > a.Rows - 1 || first * a.Stride >= distance + b.Bytes)
        {
            return null;
        }

        long row = a.Start + (Math.Max(first, 0) * a.Stride);
        long other = b.Start + (Math.Max(-first, 0) * a.Stride);
        return (Math.Max(row, other), Math.Min(row + a.Bytes, other + b.Bytes));
    }

    private static (long Start, long End)? RowByRow(in ByteRows a, in ByteRows b)
    {
        (ByteRows few, ByteRows many) = a.Rows <= b.Rows ? (a, b) : (b, a);
        for (long i = 0; i < few.Rows; i++)
        {
            long start = few.Start + (i * few.Stride);
            long row = many.Rows == 1 ? 0 : Math.Max(0, FloorDiv(start - many.Start - many.Bytes, many.Stride) + 1);
            long other = many.Start + (row * many.Stride);
            if (row < many.Rows && other < start + few.Bytes && start < other + many.Bytes)
            {
                return (Math.Max(start, other), Math.Min(start + few.Bytes, other + many.Bytes));
            }
        }

        return null;
    }

    private static long FloorDiv(long a, long b) => (a / b) - (a % b < 0 ? 1 : 0);
}
