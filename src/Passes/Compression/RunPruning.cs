using System.Numerics;
using Flightc.IR;

namespace Flightc.Passes.Compression;

/// <summary>Which weights of a run of 16 columns are kept, by what dropping them costs.</summary>
/// <param name="sparsity">N and M; not dense.</param>
/// <param name="densities">N by block where there is a pattern; otherwise null.</param>
internal sealed class RunPruning(Sparsity sparsity, BlockDensities? densities)
{
    /// <summary>Chooses for one row of one run.</summary>
    /// <param name="elimination">Of the run.</param>
    /// <param name="row">Row of the matrix.</param>
    /// <param name="run">Run of the row.</param>
    /// <param name="columns">The column of each lane.</param>
    /// <param name="targets">(16): the values without dropping.</param>
    /// <returns>A bit for each lane that is kept.</returns>
    public uint Choose(RunElimination elimination, int row, int run, ReadOnlySpan<int> columns, ReadOnlySpan<float> targets)
    {
        int most = densities?.Of(row, run) ?? sparsity.Kept;
        Span<uint> parts = stackalloc uint[CodeGrid.Run / sparsity.Run];
        parts.Clear();
        for (int lane = 0; lane < columns.Length; lane++)
        {
            parts[columns[lane] % CodeGrid.Run / sparsity.Run] |= 1u << lane;
        }

        // Of a part that still has more than N, any may go.
        uint[] masks = parts.ToArray();
        return elimination.Drop(
            targets, columns.Length,
            kept =>
            {
                uint candidates = 0;
                foreach (uint part in masks)
                {
                    candidates |= BitOperations.PopCount(kept & part) > most ? kept & part : 0;
                }

                return candidates;
            },
            []);
    }
}
