namespace Flightc.Timing;

/// <summary>
/// The KV rings of one core, all of which hold the same at any time: a row comes into all of them, and an
/// attention product takes a row from all of them.
/// </summary>
/// <remarks>Rows move in runs; within a run they come, and go, evenly.</remarks>
internal sealed class CacheRings(int capacity)
{
    private readonly ReleaseCurve _released = new();
    private readonly Queue<Run> _runs = new();
    private Run _oldest;
    private double _claimed;
    private long _wanted;
    private long _rowBytes;
    private double _cyclesPerRow;
    private double _time;

    // Rows, and when the first and the last of them have arrived.
    private record struct Run(long Rows, double First, double Last);

    /// <summary>When there is room for so many more bytes; infinite while nobody knows.</summary>
    public double SpaceTime(double bytes) => _released.TimeOf(_claimed + bytes - capacity);

    /// <summary>Rows are on their way.</summary>
    /// <param name="rows">How many.</param>
    /// <param name="rowBytes">Bytes of each.</param>
    /// <param name="first">When the first has arrived.</param>
    /// <param name="last">When the last has arrived.</param>
    public void Push(long rows, long rowBytes, double first, double last)
    {
        _runs.Enqueue(new Run(rows, first, last));
        _claimed += (double)rows * rowBytes;
    }

    /// <summary>A product begins to take rows.</summary>
    /// <param name="start">When.</param>
    /// <param name="rows">How many.</param>
    /// <param name="rowBytes">Bytes of each.</param>
    /// <param name="cyclesPerRow">What it needs for each.</param>
    public void Begin(double start, long rows, long rowBytes, double cyclesPerRow)
    {
        (_wanted, _rowBytes, _cyclesPerRow) = (rows, rowBytes, cyclesPerRow);
        _time = Math.Max(_time, start);
    }

    /// <summary>The product takes what rows there are of its own.</summary>
    /// <returns>When it has taken all; infinite while nobody knows.</returns>
    public double Drain()
    {
        while (_wanted > 0 && (_oldest.Rows > 0 || _runs.TryDequeue(out _oldest)))
        {
            long rows = Math.Min(_wanted, _oldest.Rows);
            double step = _oldest.Rows > 1 ? (_oldest.Last - _oldest.First) / (_oldest.Rows - 1) : 0;
            double last = _oldest.First + (step * (rows - 1));
            double start = Math.Max(_time, _oldest.First);

            // Either the product or the memory is slower, for all of the run: the last row decides.
            double end = Math.Max(start + (rows * _cyclesPerRow), last + _cyclesPerRow);
            _released.Append((double)rows * _rowBytes, start, end);
            _time = end;
            _wanted -= rows;
            _oldest = new Run(_oldest.Rows - rows, last + step, _oldest.Last);
        }

        return _wanted == 0 ? _time : double.PositiveInfinity;
    }

    /// <summary>Bytes in the rings at a time, for observers.</summary>
    public double Fill(double time) => _claimed - _released.ReleasedBy(time);
}
