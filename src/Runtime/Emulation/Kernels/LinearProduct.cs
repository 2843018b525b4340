using System.Runtime.Intrinsics;
using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// mm.linear and mv.linear: Linear of docs/numerics.md §3 on the tiles of the weight rings. Threads share the
/// channels; each has its own INT32 sums, which are exact and so add up to the same in any order.
/// </summary>
internal sealed unsafe class LinearProduct : IParallelWork, IDisposable
{
    private const long WorthSharing = 1 << 17;
    private const long SmallestShare = 1 << 17;
    private const int BlocksPerPiece = 32;

    private enum Phase
    {
        Prepare,
        Multiply,
        Finish,
    }

    private readonly VectorPath _path;
    private readonly WorkerPool _pool;
    private readonly ByteQueue[] _rings;
    private readonly TileWalk[] _walks;
    private readonly ChannelProgress[] _progress;
    private readonly int[] _claims;
    private readonly CompilationException?[] _failures;
    private readonly long[] _dryAt;
    private readonly Activations _activations = new();
    private readonly NativeBuffer _rowScales = new();

    private Phase _phase;
    private int _tokens, _columns, _rows, _blocks;
    private int _codeStride, _outStride;
    private bool _add, _worthwhile;
    private long _share;
    private sbyte* _codes;
    private float* _scales;
    private byte* _out;

    /// <summary>Makes one for the rings of a core.</summary>
    public LinearProduct(VectorPath path, WorkerPool pool, ByteQueue[] rings)
    {
        _path = path;
        _pool = pool;
        _rings = rings;
        _walks = [.. Enumerable.Range(0, pool.Workers).Select(_ => new TileWalk(path))];
        _progress = new ChannelProgress[rings.Length];
        _claims = new int[rings.Length];
        _failures = new CompilationException?[rings.Length];
        _dryAt = new long[rings.Length];
    }

    /// <summary>Begins a product.</summary>
    /// <exception cref="CompilationException">An operand does not lie in scratch (FLC4001).</exception>
    public void Begin(MultiplyWeights instruction, ScratchMemory scratch)
    {
        _tokens = instruction.Tokens.Count("tokens");
        _columns = instruction.Columns.Count("columns");
        _rows = instruction.Rows.Count("rows");
        _codeStride = instruction.CodeStride.Count("codestride");
        _outStride = instruction.OutStride.Count("outstride");
        _add = instruction.Add.Flag("add");
        _blocks = (_rows + 15) / 16;
        _codes = (sbyte*)scratch.Rows(instruction.Codes.Constant, _codeStride, _tokens, _columns, "codes");
        _scales = (float*)scratch.Range(instruction.Scales.Constant, 4L * _tokens, "scales");
        _out = scratch.Rows(instruction.Out.Constant, _outStride, _tokens, 4L * _rows, "out");
        Array.Clear(_progress);
        Array.Clear(_failures);
        Array.Fill(_dryAt, -1);
        if (_rows == 0)
        {
            return;
        }

        _worthwhile = (long)_rows * _columns * Math.Max(1, _tokens) >= WorthSharing;

        // A change of channel costs about a microsecond, in which processors learn to read ahead anew.
        long quarter = (long)_rows * _columns / (8 * _rings.Length);
        _share = !_worthwhile || _pool.Workers == 1
            ? long.MaxValue
            : Math.Max(SmallestShare, quarter) / Math.Clamp(_tokens, 1, 16);
        _activations.Reserve(_tokens, _columns);
        float* rowScales = (float*)_rowScales.Zeroed(64L * _blocks);
        foreach (TileWalk walk in _walks)
        {
            walk.Begin(_activations, rowScales, _blocks, _columns, _tokens);
        }

        _phase = Phase.Prepare;
        _pool.Run(this, _tokens, _worthwhile);
    }

    /// <summary>Takes what the rings hold; where every channel has had its last tile, writes the results.</summary>
    /// <returns>Whether the product is complete; otherwise weights have to be loaded first.</returns>
    /// <exception cref="CompilationException">A tile is damaged or is not one of this product (FLC4005).</exception>
    public bool Continue()
    {
        if (_rows == 0)
        {
            return true;
        }

        if (Open())
        {
            _phase = Phase.Multiply;
            _pool.Run(this, _worthwhile ? _pool.Workers : 1, _worthwhile);
        }

        for (int i = 0; i < _rings.Length; i++)
        {
            if (_failures[i] is { } failure)
            {
                throw new CompilationException(failure.Diagnostics, failure);
            }
        }

        if (Array.IndexOf(_progress, ChannelProgress.Dry) >= 0)
        {
            return false;
        }

        _phase = Phase.Finish;
        _pool.Run(this, (_blocks + BlocksPerPiece - 1) / BlocksPerPiece, _worthwhile && _tokens > 1);
        return true;
    }

    /// <inheritdoc/>
    void IParallelWork.Execute(int item, int worker)
    {
        switch (_phase)
        {
            case Phase.Prepare:
                _activations.Set(item, _codes + ((long)item * _codeStride));
                break;
            case Phase.Multiply:
                Multiply(_walks[worker], item);
                break;
            case Phase.Finish:
                Finish(item * BlocksPerPiece, Math.Min(_blocks, (item + 1) * BlocksPerPiece));
                break;
        }
    }

    public void Dispose()
    {
        _activations.Dispose();
        _rowScales.Dispose();
        foreach (TileWalk walk in _walks)
        {
            walk.Dispose();
        }
    }

    // Opens the channels into which something has been loaded since they ran dry; whether there is one.
    private bool Open()
    {
        for (int i = 0; i < _progress.Length; i++)
        {
            if (_progress[i] == ChannelProgress.Dry && _rings[i].Available != _dryAt[i])
            {
                _progress[i] = ChannelProgress.Open;
            }
        }

        return Array.IndexOf(_progress, ChannelProgress.Open) >= 0;
    }

    // Takes a share of an open channel, then of the next, so that all come to their ends at about the same
    // time and no thread is left with a whole channel. Who gives an open channel back looks at it again, so
    // that some thread stays until the last is closed.
    private void Multiply(TileWalk walk, int share)
    {
        int channels = _rings.Length;
        int channel = share * channels / _pool.Workers;
        for (int misses = 0; misses < channels; misses++, channel = (channel + 1) % channels)
        {
            if (Volatile.Read(ref _claims[channel]) != 0 || Interlocked.Exchange(ref _claims[channel], 1) != 0)
            {
                continue;
            }

            if (_progress[channel] == ChannelProgress.Open)
            {
                misses = -1;
                Take(walk, channel);
            }

            Volatile.Write(ref _claims[channel], 0);
        }
    }

    private void Take(TileWalk walk, int channel)
    {
        ByteQueue ring = _rings[channel];
        try
        {
            _progress[channel] = walk.Consume(ring, _share);
            _dryAt[channel] = ring.Available;
        }
        catch (CompilationException e)
        {
            _failures[channel] = e;
            _progress[channel] = ChannelProgress.Finished;
        }
    }

    private void Finish(int firstBlock, int endBlock)
    {
        float* rowScales = (float*)_rowScales.Ensure(0);
        int* sums = stackalloc int[16];
        for (int block = firstBlock; block < endBlock; block++)
        {
            int rows = Math.Min(16, _rows - (16 * block));
            for (int t = 0; t < _tokens; t++)
            {
                Sum(((long)block * _tokens) + t, sums);
                float* target = (float*)(_out + ((long)t * _outStride)) + (16 * block);
                Scale(sums, rowScales + (16 * block), _scales[t], target, rows);
            }
        }
    }

    // Adds up the threads' sums.
    private void Sum(long index, int* sums)
    {
        Vector512<int> total = default;
        foreach (TileWalk walk in _walks)
        {
            if (walk.Sums != null)
            {
                total += Vector512.Load(walk.Sums + (16 * index));
            }
        }

        total.Store(sums);
    }

    // y = (S × s) × f32(acc), or itself + y.
    private void Scale(int* sums, float* rowScales, float scale, float* target, int rows)
    {
        if (rows == 16 && _path != VectorPath.Portable)
        {
            Vector512<float> y = Vector512.Load(rowScales) * Vector512.Create(scale) * Vector512.ConvertToSingle(Vector512.Load(sums));
            (_add ? Vector512.Load(target) + y : y).Store(target);
            return;
        }

        for (int r = 0; r < rows; r++)
        {
            float y = rowScales[r] * scale * sums[r];
            target[r] = _add ? target[r] + y : y;
        }
    }
}
