using Flightc.IR;

namespace Flightc.Passes.Compression;

/// <summary>How many weights of every 16 of a row each 16×16 block of a matrix keeps, by what dropping the others costs.</summary>
internal sealed class BlockDensities
{
    private const int Side = CodeGrid.Run;

    private readonly int _rowBlocks;
    private readonly int _runs;
    // (row blocks, runs, densities): minus the loss.
    private readonly double[] _worth;
    private readonly byte[] _kept;

    /// <param name="rows">N</param>
    /// <param name="columns">K</param>
    public BlockDensities(int rows, int columns)
    {
        (_rowBlocks, _runs) = ((rows + Side - 1) / Side, (columns + Side - 1) / Side);
        _worth = new double[(long)_rowBlocks * _runs * TilePattern.Densities.Count];
        _kept = new byte[(long)_rowBlocks * _runs];
    }

    /// <summary>Adds a row of a block. Different runs may be added from different threads.</summary>
    /// <param name="row">Row of the matrix.</param>
    /// <param name="run">Run of the row.</param>
    /// <param name="losses">By how many weights are left, from 0 to all: what dropping the others costs.</param>
    /// <param name="weight">What the row counts, not negative.</param>
    public void Add(int row, int run, ReadOnlySpan<float> losses, float weight)
    {
        Span<double> worth = Worth((row / Side * _runs) + run, 1);
        for (int d = 0; d < worth.Length; d++)
        {
            double loss = (double)losses[Math.Min(TilePattern.Densities[d], losses.Length - 1)] * weight;

            // Beyond all that counts; more would not be comparable.
            worth[d] -= double.IsFinite(loss) ? loss : double.MaxValue / (Side * Side * Side);
        }
    }

    /// <summary>Deals a pattern's entries to the blocks of every tile.</summary>
    public void Deal(TilePattern pattern)
    {
        int blocks = pattern.Blocks;
        for (int rowBlock = 0; rowBlock < _rowBlocks; rowBlock++)
        {
            for (int run = 0; run < _runs; run += blocks)
            {
                int here = Math.Min(blocks, _runs - run);
                int first = (rowBlock * _runs) + run;
                BlockPattern.Deal(Worth(first, here), pattern, _kept.AsSpan(first, here));
            }
        }
    }

    /// <summary>N of a row's run.</summary>
    public int Of(int row, int run) => _kept[(row / Side * _runs) + run];

    private Span<double> Worth(int block, int count) =>
        _worth.AsSpan(block * TilePattern.Densities.Count, count * TilePattern.Densities.Count);
}
