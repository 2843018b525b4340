using Flightc.Targets;

namespace Flightc.Schedules;

/// <summary>
/// The load unit of a core and its rings: how far loads have run ahead of what the matrix engine takes. Channels of
/// a core are taken to be alike.
/// </summary>
/// <param name="machine">Rates and latencies.</param>
/// <param name="lostPerLoad">Cycles for which every load holds the load unit after its transfer.</param>
internal sealed class CostRings(CostMachine machine, double lostPerLoad)
{
    // As in the cycle model, KV rows move in runs of at most this share of a ring.

    private readonly List<double> _arrived = [];
    private readonly List<double> _taken = [];
    private readonly Queue<(long Rows, long RowBytes, long Heads)> _loads = new();
    private readonly Queue<(long Rows, double First, double Last)> _runs = new();
    private readonly List<(double Bytes, double Start, double End)> _released = [];
    private (long Rows, double First, double Last) _run;
    private (long Rows, long RowBytes, long Heads, long Done) _load;
    private double _time;
    private double _cacheTime;
    private double _claimed;
    private int _oldest;
    private bool _isLoading;

    /// <summary>When the load unit is free.</summary>
    public double Free { get; private set; }

    /// <summary>The channels are busy with writing.</summary>
    public void Write(double cycles) => Free += cycles;

    /// <summary>A load that fills no ring.</summary>
    /// <returns>When its data is there.</returns>
    public double Load(double ready, Func<double, double> transfer, double latency)
    {
        Free = Math.Max(transfer(Math.Max(Free, ready)), Free + 1);
        double arrival = Free + latency;
        Free += lostPerLoad;
        return Math.Max(arrival, Free);
    }

    /// <summary>Loads pages of weights, up to a number of them, and ends the load.</summary>
    public void LoadWeights(long pages)
    {
        LoadCacheRows();
        while (_arrived.Count < pages)
        {
            LoadPage();
        }

        Free += _isLoading ? lostPerLoad : 0;
        _isLoading = false;
    }

    /// <summary>Rows of the KV cache are to be loaded behind all that was asked for.</summary>
    /// <param name="rows">Rows of each KV head.</param>
    /// <param name="rowBytes">Bytes of each.</param>
    /// <param name="heads">KV heads that one load brings.</param>
    public void LoadCache(long rows, long rowBytes, long heads) => _loads.Enqueue((rows, rowBytes, heads));

    /// <summary>A product takes its bytes off the weight rings.</summary>
    /// <param name="product">Which bytes.</param>
    /// <param name="start">When it can begin.</param>
    /// <param name="arrayCycles">What the array needs for all of them.</param>
    /// <returns>When it has taken all.</returns>
    public double TakeWeights(CostProduct product, double start, double arrayCycles)
    {
        double perByte = Math.Max(arrayCycles / product.Bytes, 1.0 / machine.Width);
        double time = Math.Max(_time, start);
        double at = product.Begin;
        while (at < product.End)
        {
            int page = (int)(at / machine.Page);
            double to = Math.Min(product.End, (page + 1.0) * machine.Page);
            if (page >= _arrived.Count)
            {
                LoadCacheRows();
                LoadPage();
            }

            time = Math.Max(time, _arrived[page]) + ((to - at) * perByte);
            if (_taken.Count > page)
            {
                _taken[page] = time;
            }
            else
            {
                _taken.Add(time);
            }

            at = to;
        }

        return _time = time;
    }

    /// <summary>An attention product takes rows off the KV rings.</summary>
    /// <param name="rows">How many.</param>
    /// <param name="rowBytes">Bytes of each.</param>
    /// <param name="start">When it can begin.</param>
    /// <param name="perRow">Cycles that it needs for each.</param>
    /// <returns>When it has taken all.</returns>
    public double TakeRows(long rows, long rowBytes, double start, double perRow)
    {
        _cacheTime = Math.Max(_cacheTime, start);
        while (rows > 0)
        {
            if (_run.Rows == 0 && !_runs.TryDequeue(out _run))
            {
                LoadRun();
                continue;
            }

            long taken = Math.Min(rows, _run.Rows);
            double step = _run.Rows > 1 ? (_run.Last - _run.First) / (_run.Rows - 1) : 0;
            double last = _run.First + (step * (taken - 1));
            double begin = Math.Max(_cacheTime, _run.First);
            _cacheTime = Math.Max(begin + (taken * perRow), last + perRow);
            double before = _released.Count == 0 ? 0 : _released[^1].Bytes;
            _released.Add((before + ((double)taken * rowBytes), begin, _cacheTime));
            rows -= taken;
            _run = (_run.Rows - taken, last + step, _run.Last);
        }

        return _cacheTime;
    }

    private void LoadPage()
    {
        // The page takes the place of the one that lay a ring before it.
        int freed = _arrived.Count - (machine.WeightRing / machine.Page);
        double space = freed < 0 || freed >= _taken.Count ? 0 : _taken[freed];
        Free = Math.Max(Free, space) + machine.PageCycles;
        _arrived.Add(Free + machine.HbmLatency);
        _isLoading = true;
    }

    private void LoadCacheRows()
    {
        while (_load.Heads > 0 || _loads.Count > 0)
        {
            LoadRun();
        }
    }

    private void LoadRun()
    {
        if (_load.Heads == 0)
        {
            (long count, long bytes, long all) = _loads.Dequeue();
            if (count == 0 || all == 0)
            {
                Free += 1 + lostPerLoad;
                return;
            }

            _load = (count, bytes, all, 0);
        }

        // Rows of a head lie together.
        (long ofHead, long rowBytes, long heads, long done) = _load;
        long rows = Math.Min(ofHead - done, Math.Max(1, Math.Min(machine.Page, machine.CacheRing / UnitTimes.RunsOfCacheRing) / rowBytes));
        double start = Math.Max(Free, SpaceFor((double)rows * rowBytes));
        double cycles = machine.ReadCycles((done + rows) * rowBytes) - machine.ReadCycles(done * rowBytes);
        Free = start + cycles;
        _runs.Enqueue((rows, start + (cycles / rows) + machine.HbmLatency, Free + machine.HbmLatency));
        _claimed += (double)rows * rowBytes;
        _load = done + rows < ofHead ? _load with { Done = done + rows } : _load with { Done = 0, Heads = heads - 1 };
        Free += _load.Heads == 0 ? lostPerLoad : 0;
    }

    // When the KV rings have room for so many more bytes.
    private double SpaceFor(double bytes)
    {
        double wanted = _claimed + bytes - machine.CacheRing;
        if (wanted <= 0)
        {
            return 0;
        }

        while (_oldest < _released.Count - 1 && _released[_oldest].Bytes < wanted)
        {
            _oldest++;
        }

        if (_released.Count == 0)
        {
            return 0;
        }

        (double to, double start, double end) = _released[_oldest];
        double from = _oldest == 0 ? 0 : _released[_oldest - 1].Bytes;
        return wanted >= to ? end : wanted <= from ? start : start + ((wanted - from) / (to - from) * (end - start));
    }
}
