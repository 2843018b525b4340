using System.Runtime.Intrinsics;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// Products of several tokens: mm.linear and mv.linear. Threads share the channels; each has its own INT32 sums, which are exact and so add up to
/// the same in any order.
/// </summary>
internal sealed unsafe class ManyTokenProduct : ILinearProduct, IParallelWork
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
    private readonly ChannelShares _shares;
    private readonly ManyTokenWalk[] _walks;
    private readonly Activations _activations = new();
    private readonly NativeBuffer _rowScales = new();

    private ProductOperands _operands;
    private Phase _phase;
    private bool _worthwhile;

    /// <summary>Makes one for the rings of a core.</summary>
    public ManyTokenProduct(VectorPath path, WorkerPool pool, ByteQueue[] rings)
    {
        _path = path;
        _pool = pool;
        _shares = new ChannelShares(rings, pool.Workers);
        _walks = [.. Enumerable.Range(0, pool.Workers).Select(_ => new ManyTokenWalk(path))];
    }

    /// <inheritdoc/>
    public void Begin(in ProductOperands operands)
    {
        _operands = operands;
        long weights = (long)operands.Rows * operands.Columns;
        _worthwhile = weights * Math.Max(1, operands.Tokens) >= WorthSharing;

        // A change of channel costs about a microsecond, in which processors learn to read ahead anew.
        _shares.Begin(
            !_worthwhile || _pool.Workers == 1
                ? long.MaxValue
                : Math.Max(SmallestShare, weights / (8 * _shares.Count)) / Math.Clamp(operands.Tokens, 1, 16));
        _activations.Reserve(operands.Tokens, operands.Columns);
        float* rowScales = (float*)_rowScales.Zeroed(64L * operands.Blocks);
        foreach (ManyTokenWalk walk in _walks)
        {
            walk.Begin(_activations, rowScales, operands.Blocks, operands.Columns, operands.Tokens);
        }

        _phase = Phase.Prepare;
        _pool.Run(this, operands.Tokens, _worthwhile);
    }

    /// <inheritdoc/>
    public bool Continue()
    {
        if (_shares.Open())
        {
            _phase = Phase.Multiply;
            _pool.Run(this, _worthwhile ? _pool.Workers : 1, _worthwhile);
        }

        if (!_shares.AreFinished())
        {
            return false;
        }

        _phase = Phase.Finish;
        _pool.Run(this, (_operands.Blocks + BlocksPerPiece - 1) / BlocksPerPiece, _worthwhile && _operands.Tokens > 1);
        return true;
    }

    /// <inheritdoc/>
    void IParallelWork.Execute(int item, int worker)
    {
        switch (_phase)
        {
            case Phase.Prepare:
                _activations.Set(item, _operands.Codes + ((long)item * _operands.CodeStride));
                break;
            case Phase.Multiply:
                _shares.Multiply(_walks[worker], item);
                break;
            case Phase.Finish:
                Finish(item * BlocksPerPiece, Math.Min(_operands.Blocks, (item + 1) * BlocksPerPiece));
                break;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _activations.Dispose();
        _rowScales.Dispose();
        foreach (ManyTokenWalk walk in _walks)
        {
            walk.Dispose();
        }
    }

    private void Finish(int firstBlock, int endBlock)
    {
        float* rowScales = (float*)_rowScales.Ensure(0);
        for (int block = firstBlock; block < endBlock; block++)
        {
            int rows = Math.Min(16, _operands.Rows - (16 * block));
            for (int t = 0; t < _operands.Tokens; t++)
            {
                RowScaling.Write(
                    _path, Sum(((long)block * _operands.Tokens) + t), rowScales + (16 * block), _operands.Scales[t],
                    (float*)(_operands.Out + ((long)t * _operands.OutStride)) + (16 * block), rows, _operands.Add);
            }
        }
    }

    // Adds up the threads' sums.
    private Vector512<int> Sum(long index)
    {
        Vector512<int> total = default;
        foreach (ManyTokenWalk walk in _walks)
        {
            if (walk.Sums != null)
            {
                total += Vector512.Load(walk.Sums + (16 * index));
            }
        }

        return total;
    }
}
