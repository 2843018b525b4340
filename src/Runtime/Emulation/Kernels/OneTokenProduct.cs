using System.Runtime.Intrinsics;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// Products of one token: mm.linear and mv.linear. Threads share the channels; each has its own INT32 sums, which are exact and so add up to
/// the same in any order.
/// </summary>
internal sealed unsafe class OneTokenProduct : ILinearProduct, IParallelWork
{
    private const long WorthSharing = 1 << 17;
    private const long SmallestShare = 1 << 17;

    private readonly VectorPath _path;
    private readonly WorkerPool _pool;
    private readonly ChannelShares _shares;
    private readonly OneTokenWalk[] _walks;
    private readonly TokenActivations _activations;
    private readonly NativeBuffer _rowScales = new();

    private ProductOperands _operands;
    private bool _worthwhile;

    /// <summary>Makes one for the rings of a core.</summary>
    public OneTokenProduct(VectorPath path, WorkerPool pool, ByteQueue[] rings)
    {
        _path = path;
        _pool = pool;
        _activations = new TokenActivations(path);
        _shares = new ChannelShares(rings, pool.Workers);
        _walks = [.. Enumerable.Range(0, pool.Workers).Select(_ => new OneTokenWalk(path))];
    }

    /// <inheritdoc/>
    public void Begin(in ProductOperands operands)
    {
        _operands = operands;
        long weights = (long)operands.Rows * operands.Columns;
        _worthwhile = weights >= WorthSharing;

        // A change of channel costs about a microsecond, in which processors learn to read ahead anew.
        _shares.Begin(
            !_worthwhile || _pool.Workers == 1 ? long.MaxValue : Math.Max(SmallestShare, weights / (8 * _shares.Count)));
        _activations.Set(operands.Codes, operands.Columns);
        float* rowScales = (float*)_rowScales.Zeroed(64L * operands.Blocks);
        foreach (OneTokenWalk walk in _walks)
        {
            walk.Begin(_activations, rowScales, operands.Blocks, operands.Columns);
        }
    }

    /// <inheritdoc/>
    public bool Continue()
    {
        if (_shares.Open())
        {
            _pool.Run(this, _worthwhile ? _pool.Workers : 1, _worthwhile);
        }

        if (!_shares.AreFinished())
        {
            return false;
        }

        Finish();
        return true;
    }

    /// <inheritdoc/>
    void IParallelWork.Execute(int item, int worker) => _shares.Multiply(_walks[worker], item);

    /// <inheritdoc/>
    public void Dispose()
    {
        _activations.Dispose();
        _rowScales.Dispose();
        foreach (OneTokenWalk walk in _walks)
        {
            walk.Dispose();
        }
    }

    private void Finish()
    {
        float* rowScales = (float*)_rowScales.Ensure(0);
        for (int block = 0; block < _operands.Blocks; block++)
        {
            // Adds up the threads' sums.
            Vector512<int> sums = default;
            foreach (OneTokenWalk walk in _walks)
            {
                if (walk.Sums != null)
                {
                    sums += Vector512.Load(walk.Sums + (16 * block));
                }
            }

            RowScaling.Write(
                _path, sums, rowScales + (16 * block), _operands.Scales[0], (float*)_operands.Out + (16 * block),
                Math.Min(16, _operands.Rows - (16 * block)), _operands.Add);
        }
    }
}
