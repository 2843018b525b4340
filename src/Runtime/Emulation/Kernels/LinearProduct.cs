using System.Runtime.Intrinsics;
using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// mm.linear and mv.linear: Linear of docs/numerics.md §3 on the tiles of the weight rings. Threads share the channels; each has its own INT32 sums, which are exact and so add up to
/// the same in any order.
/// </summary>
internal sealed unsafe class LinearProduct : IParallelWork, IDisposable
{
    private const long WorthSharing = 1 << 17;
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
    private readonly bool[] _done;
    private readonly long[] _dryAt;
    private readonly Activations _activations = new();
    private readonly NativeBuffer _rowScales = new();

    private Phase _phase;
    private int _tokens, _columns, _rows, _blocks;
    private int _codeStride, _outStride;
    private bool _add, _worthwhile;
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
        _done = new bool[rings.Length];
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
        Array.Fill(_done, _rows == 0);
        Array.Fill(_dryAt, -1);
        if (_rows == 0)
        {
            return;
        }

        _worthwhile = (long)_rows * _columns * Math.Max(1, _tokens) >= WorthSharing;
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

        if (HasNews())
        {
            _phase = Phase.Multiply;
            _pool.Run(this, _rings.Length, _worthwhile);
        }

        if (Array.IndexOf(_done, false) >= 0)
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
                if (!_done[item] && _rings[item].Available != _dryAt[item])
                {
                    _done[item] = _walks[worker].Consume(_rings[item]);
                    _dryAt[item] = _rings[item].Available;
                }

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

    private bool HasNews()
    {
        for (int i = 0; i < _done.Length; i++)
        {
            if (!_done[i] && _rings[i].Available != _dryAt[i])
            {
                return true;
            }
        }

        return false;
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
