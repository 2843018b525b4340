namespace Flightc.Runtime.Emulation;

/// <summary>
/// Which rows that the matrix engine takes off a core's KV rings were skipped by ld.kvmask: their places, counted in
/// bytes that went into each ring before them.
/// </summary>
internal sealed class SkippedRows
{
    private readonly Queue<long> _places = new();
    private long _loaded;
    private long _taken;

    /// <summary>Whether no row is skipped of those that are still to be taken.</summary>
    public bool IsEmpty => _places.Count == 0;

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _places.Clear();
        (_loaded, _taken) = (0, 0);
    }

    /// <summary>Rows were loaded.</summary>
    public void Load(long bytes) => _loaded += bytes;

    /// <summary>A row was skipped.</summary>
    public void Skip() => _places.Enqueue(_loaded);

    /// <summary>Bytes that the next rows have in each ring; null where not all of them have been loaded.</summary>
    /// <param name="rows">How many.</param>
    /// <param name="rowBytes">Bytes of a row that was not skipped.</param>
    public long? BytesOf(int rows, int rowBytes)
    {
        long at = _taken;
        Queue<long>.Enumerator places = _places.GetEnumerator();
        bool hasPlace = places.MoveNext();
        for (int row = 0; row < rows; row++)
        {
            if (hasPlace && places.Current == at)
            {
                hasPlace = places.MoveNext();
            }
            else
            {
                at += rowBytes;
            }
        }

        return at <= _loaded ? at - _taken : null;
    }

    /// <summary>Takes the next row.</summary>
    /// <param name="rowBytes">Bytes that it has where it was not skipped.</param>
    /// <returns>Whether it was skipped.</returns>
    public bool Take(int rowBytes)
    {
        if (_places.TryPeek(out long place) && place == _taken)
        {
            _places.Dequeue();
            return true;
        }

        _taken += rowBytes;
        return false;
    }
}
