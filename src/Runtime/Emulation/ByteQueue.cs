namespace Flightc.Runtime.Emulation;

/// <summary>
/// What a ring in front of the matrix engine holds, without copying it: runs of memory in the order in which
/// they were loaded. Runs that follow each other in memory are one.
/// </summary>
internal sealed unsafe class ByteQueue
{
    private nint[] _starts = new nint[8];
    private long[] _lengths = new long[8];
    private int _first;
    private int _runs;

    /// <summary>Bytes in all runs.</summary>
    public long Available { get; private set; }

    /// <summary>Bytes of the first run.</summary>
    public long HeadLength => _runs == 0 ? 0 : _lengths[_first];

    /// <summary>Bytes that have been removed since it was made.</summary>
    public long Taken { get; private set; }

    /// <summary>Where the last byte that was removed ended; the next usually follows it.</summary>
    public byte* Position { get; private set; }

    /// <summary>First byte of the first run.</summary>
    public byte* Head => (byte*)_starts[_first];

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _runs = 0;
        _first = 0;
        Available = 0;
    }

    /// <summary>Adds a run.</summary>
    public void Push(byte* start, long length)
    {
        if (length == 0)
        {
            return;
        }

        Available += length;
        if (_runs > 0)
        {
            int last = (_first + _runs - 1) % _starts.Length;
            if (_starts[last] + (nint)_lengths[last] == (nint)start)
            {
                _lengths[last] += length;
                return;
            }
        }

        if (_runs == _starts.Length)
        {
            Grow();
        }

        int next = (_first + _runs) % _starts.Length;
        _starts[next] = (nint)start;
        _lengths[next] = length;
        _runs++;
    }

    /// <summary>Removes bytes that are there.</summary>
    public void Pop(long count)
    {
        Available -= count;
        Taken += count;
        while (count > 0)
        {
            long taken = Math.Min(count, _lengths[_first]);
            _starts[_first] += (nint)taken;
            _lengths[_first] -= taken;
            count -= taken;
            Position = (byte*)_starts[_first];
            if (_lengths[_first] == 0)
            {
                _first = (_first + 1) % _starts.Length;
                _runs--;
            }
        }
    }

    /// <summary>Copies the first bytes, without removing them, over the ends of runs.</summary>
    public void Peek(byte* destination, long count)
    {
        for (int i = 0; count > 0; i++)
        {
            int run = (_first + i) % _starts.Length;
            long taken = Math.Min(count, _lengths[run]);
            Buffer.MemoryCopy((void*)_starts[run], destination, count, taken);
            destination += taken;
            count -= taken;
        }
    }

    private void Grow()
    {
        nint[] starts = new nint[_starts.Length * 2];
        long[] lengths = new long[starts.Length];
        for (int i = 0; i < _runs; i++)
        {
            starts[i] = _starts[(_first + i) % _starts.Length];
            lengths[i] = _lengths[(_first + i) % _starts.Length];
        }

        (_starts, _lengths, _first) = (starts, lengths, 0);
    }
}
