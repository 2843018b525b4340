namespace Flightc.Isa.Hazards;

/// <summary>The bytes of a scratch that have been written so far, as disjoint runs in ascending order.</summary>
/// <param name="budget">What rows take from.</param>
internal sealed class WrittenBytes(WorkBudget budget)
{
    private readonly List<(long Start, long End)> _runs = [];

    /// <summary>Adds rows.</summary>
    public void Add(in ByteRows rows)
    {
        budget.Take(rows.Rows);
        for (long row = 0; row < rows.Rows && !budget.IsSpent; row++)
        {
            Add(rows.Start + (row * rows.Stride), rows.Start + (row * rows.Stride) + rows.Bytes);
        }
    }

    /// <summary>The first byte of some rows that has not been written; null when all have.</summary>
    public long? FirstMissing(in ByteRows rows)
    {
        budget.Take(rows.Rows);
        for (long row = 0; row < rows.Rows && !budget.IsSpent; row++)
        {
            long start = rows.Start + (row * rows.Stride);
            int run = FirstEndingAfter(start);
            if (run == _runs.Count || _runs[run].Start > start)
            {
                return start;
            }

            if (_runs[run].End < start + rows.Bytes)
            {
                return _runs[run].End;
            }
        }

        return null;
    }

    private void Add(long start, long end)
    {
        // Runs that touch become one, so that rows of the same length which interleave end as a single run.
        int first = FirstEndingAfter(start - 1);
        int last = first;
        while (last < _runs.Count && _runs[last].Start <= end)
        {
            start = Math.Min(start, _runs[last].Start);
            end = Math.Max(end, _runs[last].End);
            last++;
        }

        if (last == first)
        {
            _runs.Insert(first, (start, end));
            return;
        }

        _runs[first] = (start, end);
        _runs.RemoveRange(first + 1, last - first - 1);
    }

    private int FirstEndingAfter(long address)
    {
        int low = 0;
        int high = _runs.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _runs[middle].End > address ? (low, middle) : (middle + 1, high);
        }

        return low;
    }
}
