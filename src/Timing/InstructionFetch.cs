namespace Flightc.Timing;

/// <summary>
/// Brings the instructions of one unit from DDR into its buffer, as far ahead as there is room. A loop whose body
/// fits stays in the buffer until it is left; another one is fetched anew for every iteration.
/// </summary>
internal sealed class InstructionFetch(TimedStream stream, DdrPort ddr, int capacity)
{
    private readonly double[] _arrivals = new double[stream.Length];
    private int _next;
    private int _held = -1;
    private long _freed;

    /// <summary>Bytes fetched.</summary>
    public long Bytes { get; private set; }

    /// <summary>When an instruction is in the buffer.</summary>
    public double Arrival(int index) => _arrivals[index];

    /// <summary>Asks for the next instruction, if there is one and it has room.</summary>
    public bool FetchOne(double time)
    {
        if (_next >= stream.Length || (stream.End(_next) - _freed > capacity && stream.Begin(_next) > _freed))
        {
            return false;
        }

        long bytes = stream.End(_next) - stream.Begin(_next);
        ddr.Continue(time, bytes);
        Bytes += bytes;
        _arrivals[_next++] = ddr.Free + ddr.Latency;
        return true;
    }

    /// <summary>An instruction starts, and leaves the buffer unless a loop needs it again.</summary>
    public void Consume(int index, double time)
    {
        if (_held < 0)
        {
            Free(stream.End(index), time);
        }
    }

    /// <summary>A loop begins to be executed.</summary>
    public void Enter(int index, double time)
    {
        Consume(index, time);
        if (_held < 0 && Fits(index))
        {
            _held = index;
        }
    }

    /// <summary>A loop begins another iteration.</summary>
    public void Repeat(int begin, double time)
    {
        if (_held < 0)
        {
            // What was fetched beyond the loop's end is dropped.
            _next = begin + 1;
            _freed = stream.End(begin);
            Free(_freed, time);
        }
    }

    /// <summary>A loop has been executed, or is skipped.</summary>
    public void Leave(int begin, int end, double time)
    {
        _held = _held == begin ? -1 : _held;
        Consume(end, time);
    }

    private bool Fits(int begin) => stream.End(stream[begin].Partner) - stream.End(begin) <= capacity;

    private void Free(long upTo, double time)
    {
        _freed = Math.Max(_freed, upTo);
        while (FetchOne(time))
        {
        }
    }
}
