namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// Products of several tokens: mm.linear and mv.linear. First all tiles are found, then threads share pairs of row blocks, so that no two add to
/// one sum; sums are exact and thus the same in any order.
/// </summary>
internal sealed unsafe class ManyTokenProduct : ILinearProduct, IParallelWork
{
    private const long WorthSharing = 1 << 17;

    private enum Phase
    {
        Find,
        Multiply,
    }

    private readonly VectorPath _path;
    private readonly WorkerPool _pool;
    private readonly ChannelTiles[] _channels;
    private readonly RowBlockPair[] _pairs;
    private readonly TokenQuads _activations = new();

    private ProductOperands _operands;
    private Phase _phase;
    private int _quadsLeft;
    private bool _worthwhile;

    /// <summary>Makes one for the rings of a core.</summary>
    public ManyTokenProduct(VectorPath path, WorkerPool pool, ByteQueue[] rings)
    {
        _path = path;
        _pool = pool;
        _channels = [.. rings.Select(ring => new ChannelTiles(ring))];
        _pairs = [.. Enumerable.Range(0, pool.Workers).Select(_ => new RowBlockPair(path))];
    }

    /// <inheritdoc/>
    public void Begin(in ProductOperands operands)
    {
        _operands = operands;
        _worthwhile = (long)operands.Rows * operands.Columns * Math.Max(1, operands.Tokens) >= WorthSharing;
        _activations.Reserve(operands.Tokens, operands.Columns);
        _quadsLeft = _activations.Count;
        foreach (ChannelTiles channel in _channels)
        {
            channel.Begin(operands.Blocks, operands.Columns);
        }
    }

    /// <inheritdoc/>
    public bool Continue()
    {
        if (Array.Exists(_channels, c => c.IsOpen))
        {
            _phase = Phase.Find;
            _pool.Run(this, _channels.Length + _quadsLeft, _worthwhile);
            _quadsLeft = 0;
        }

        if (!Array.TrueForAll(_channels, c => c.IsFinished))
        {
            return false;
        }

        _phase = Phase.Multiply;
        _pool.Run(this, (_operands.Blocks + 1) / 2, _worthwhile);
        return true;
    }

    /// <inheritdoc/>
    void IParallelWork.Execute(int item, int worker)
    {
        if (_phase == Phase.Multiply)
        {
            _pairs[worker].Compute(_operands, _channels, _activations, item);
        }
        else if (item < _channels.Length)
        {
            _channels[item].Scan();
        }
        else
        {
            _activations.Set(_path, item - _channels.Length, _operands.Codes, _operands.CodeStride);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _activations.Dispose();
        foreach (ChannelTiles channel in _channels)
        {
            channel.Dispose();
        }

        foreach (RowBlockPair pair in _pairs)
        {
            pair.Dispose();
        }
    }
}
