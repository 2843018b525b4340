using System.Globalization;

namespace Flightc.Isa;

/// <summary>
/// The rings of a core as byte counters. All KV rings of a core hold the same at any time that matters (every
/// push and every pop takes as many bytes from each), so one counter stands for them; weight rings have one
/// each.
/// </summary>
internal sealed class CoreRings(Geometry geometry, int channels, IReadOnlyList<IReadOnlyList<long>>? products)
{
    private readonly long[] _weights = new long[channels];
    private readonly long[] _wanted = new long[channels];

    // Rows in the KV ring: runs of rows of one size, oldest first.
    private readonly Queue<(long Rows, long Bytes)> _rows = new();
    private long _cacheBytes;
    private (long Rows, long Bytes) _oldest;
    private long _pages;
    private long _pushRows;
    private long _popRows;
    private RingTraffic _push;
    private RingTraffic _pop;
    private int _product;
    private long _weightAddress;

    /// <summary>A mistake that is none of waiting; null while there is none.</summary>
    public string? Fault { get; private set; }

    /// <summary>Begins what an instruction does to the rings.</summary>
    public void Start(in PreparedInstruction instruction, long[] sources)
    {
        if (!instruction.UsesRings)
        {
            return;
        }

        RingTraffic traffic = RingTraffic.Of(instruction.Instruction.Resolve(sources));
        if (instruction.Instruction is LoadWeights or LoadCache)
        {
            _push = traffic;
            _pages = products is null ? 0 : traffic.WeightPages;
            _pushRows = traffic.PushedRows;
            FollowStream(instruction, sources);
            return;
        }

        _pop = traffic;
        _popRows = traffic.PoppedRows;
        if (traffic.PopsWeights && products is not null)
        {
            bool known = _product < products.Count && products[_product].Count == channels;
            Fault ??= known
                ? null
                : $"the image has {products.Count} weight products for {channels} channels, the program wants another";
            for (int channel = 0; known && channel < channels; channel++)
            {
                _wanted[channel] = products[_product][channel];
            }
        }

        _product += traffic.PopsWeights ? 1 : 0;
    }

    // A page twice, or none, and what follows is read as tiles that it is not, of any length.
    private void FollowStream(in PreparedInstruction instruction, long[] sources)
    {
        if (products is null || _pages == 0 || instruction.Instruction is not LoadWeights load)
        {
            return;
        }

        long address = load.Address.Evaluate(sources);
        Fault ??= address == _weightAddress
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"weights are loaded from {address} on; the stream goes on at {_weightAddress}");
        _weightAddress = address + (_pages * geometry.PageBytes);
    }

    /// <summary>Does as much as data and space allow.</summary>
    /// <returns>Whether the instruction is done.</returns>
    public bool Advance(in PreparedInstruction instruction, ref bool progress) =>
        !instruction.UsesRings || instruction.Instruction switch
        {
            LoadWeights => PushPages(ref progress),
            LoadCache => PushRows(ref progress),
            MultiplyWeights => PopTiles(ref progress),
            _ => PopRows(ref progress),
        };

    /// <summary>Why an instruction that has started does not end.</summary>
    public string Reason(in PreparedInstruction instruction) => instruction.Instruction switch
    {
        LoadWeights => string.Create(CultureInfo.InvariantCulture, $"space for {_pages} pages in the weight rings, of which the fullest holds {_weights.Max()} of {geometry.WeightRingBytes} bytes"),
        LoadCache => string.Create(CultureInfo.InvariantCulture, $"space for {_pushRows} rows of {_push.RowBytes} bytes in the KV rings, which hold {_cacheBytes} of {geometry.CacheRingBytes} bytes"),
        MultiplyWeights => string.Create(CultureInfo.InvariantCulture, $"{_wanted.Sum()} bytes of weights"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{_popRows} rows in the KV rings"),
    };

    /// <summary>What is wrong with the rings at the end of a step; null when nothing is.</summary>
    public string? Leftover() =>
        _cacheBytes > 0 ? string.Create(
            CultureInfo.InvariantCulture, $"{_cacheBytes} bytes are left in the KV rings at the end")
        : products is not null && _product != products.Count ? $"it consumes {_product} of the image's {products.Count} weight products"
        : null;

    private bool PushPages(ref bool progress)
    {
        long pages = Math.Min(_pages, (geometry.WeightRingBytes - _weights.Max()) / geometry.PageBytes);
        _pages -= pages;
        for (int channel = 0; pages > 0 && channel < channels; channel++)
        {
            _weights[channel] += pages * geometry.PageBytes;
        }

        progress |= pages > 0;
        return _pages == 0 && Fault is null;
    }

    private bool PopTiles(ref bool progress)
    {
        bool done = true;
        for (int channel = 0; channel < channels; channel++)
        {
            // An unfinished tile stays in the ring until its last byte is there: at worst the largest tile
            // but one byte.
            long bytes = _weights[channel] >= _wanted[channel]
                ? _wanted[channel]
                : Math.Max(0, _weights[channel] - (ProgramLimits.TileBytes - 1));
            _weights[channel] -= bytes;
            _wanted[channel] -= bytes;
            progress |= bytes > 0;
            done &= _wanted[channel] == 0;
        }

        return done && Fault is null;
    }

    private bool PushRows(ref bool progress)
    {
        long rows = _push.RowBytes == 0
            ? _pushRows
            : Math.Min(_pushRows, (geometry.CacheRingBytes - _cacheBytes) / _push.RowBytes);
        if (rows > 0 && _push.RowBytes > 0)
        {
            _rows.Enqueue((rows, _push.RowBytes));
            _cacheBytes += rows * _push.RowBytes;
        }

        _pushRows -= rows;
        progress |= rows > 0;
        return _pushRows == 0;
    }

    private bool PopRows(ref bool progress)
    {
        while (_popRows > 0 && Fault is null && (_oldest.Rows > 0 || _rows.TryDequeue(out _oldest)))
        {
            if (_oldest.Bytes != _pop.RowBytes)
            {
                Fault = $"rows of {_oldest.Bytes} bytes are popped off the KV rings as rows of {_pop.RowBytes}";
                return false;
            }

            long rows = Math.Min(_popRows, _oldest.Rows);
            _oldest.Rows -= rows;
            _popRows -= rows;
            _cacheBytes -= rows * _oldest.Bytes;
            progress = true;
        }

        return _popRows == 0;
    }
}
