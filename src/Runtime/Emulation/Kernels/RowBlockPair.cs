using System.Runtime.Intrinsics;
using Flightc.Packing;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// One thread's way from tiles to results: two neighbouring row blocks against all tokens, panel after panel.
/// All that it touches in turn, one panel of codes and of activations and the sums, fits the nearest cache.
/// </summary>
internal sealed unsafe class RowBlockPair(VectorPath path) : IDisposable
{
    private const int Rows = TileHeader.RowsPerTile;

    private readonly PairTiles _tiles = new();
    private readonly PairCodes _codes = new(path);
    private readonly NativeBuffer _sums = new();
    private readonly float[] _rowScales = new float[2 * Rows];
    private readonly int[] _codeSums = new int[2 * Rows];

    /// <summary>Computes the results of a pair.</summary>
    /// <param name="operands">Where results go.</param>
    /// <param name="channels">All tiles of the product.</param>
    /// <param name="activations">All activations of the product.</param>
    /// <param name="pair">The pair: row blocks 2 · pair and the next, if there is one.</param>
    /// <exception cref="Diagnostics.CompilationException">A tile is damaged (FLC4005).</exception>
    public void Compute(in ProductOperands operands, ChannelTiles[] channels, TokenQuads activations, int pair)
    {
        Gather(operands, channels, pair);
        int panels = (operands.Columns + TokenQuads.Panel - 1) / TokenQuads.Panel;
        _codeSums.AsSpan().Clear();
        fixed (int* codeSums = _codeSums)
        {
            PanelOperands product = new()
            {
                Quads = activations.Count,
                Sums = (int*)_sums.Zeroed((long)activations.Count * PanelOperands.SumBytes),
                CodeSums = codeSums,
            };
            do
            {
                for (int panel = 0; panel < panels; panel++)
                {
                    if (_codes.Spread(_tiles, panel, ref product))
                    {
                        product.X = activations.PanelAt(panel);
                        PanelProduct.Add(path, product);
                    }
                }
            }
            while (_tiles.TakeLeft());
        }

        for (int which = 0; which < 2 && (2 * pair) + which < operands.Blocks; which++)
        {
            Write(operands, (2 * pair) + which, which);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _codes.Dispose();
        _sums.Dispose();
    }

    private void Gather(in ProductOperands operands, ChannelTiles[] channels, int pair)
    {
        _tiles.Clear(operands.Columns);
        _rowScales.AsSpan().Clear();
        foreach (ChannelTiles channel in channels)
        {
            for (int which = 0; which < 2; which++)
            {
                foreach (ref readonly TileRun run in channel.RunsOf((2 * pair) + which))
                {
                    _tiles.Take(channel.TilesOf(run), which, _rowScales.AsSpan(Rows * which, Rows));
                }
            }
        }
    }

    // Activations are stored plus a bias: what it adds to every sum is taken off.
    private void Write(in ProductOperands operands, int block, int which)
    {
        int rows = Math.Min(Rows, operands.Rows - (Rows * block));
        Vector512<int> added = Vector512.Create<int>(_codeSums.AsSpan(Rows * which, Rows)) * TokenQuads.Bias;
        int* sums = (int*)_sums.Ensure(0) + (Rows * TokenQuads.Tokens * which);
        fixed (float* rowScales = _rowScales)
        {
            for (int t = 0; t < operands.Tokens; t++)
            {
                int* sum = sums + (t / TokenQuads.Tokens * PanelOperands.SumBytes / sizeof(int)) + (t % TokenQuads.Tokens * Rows);
                RowScaling.Write(
                    path, Vector512.Load(sum) - added, rowScales + (Rows * which), operands.Scales[t],
                    (float*)(operands.Out + ((long)t * operands.OutStride)) + (Rows * block), rows, operands.Add);
            }
        }
    }
}
