using Flightc.IR;
using Flightc.Recipes;

namespace Flightc.Passes.Compression;

/// <summary>What it takes of memory to bring a matrix into its format, estimated from shape and method, before anything is read.</summary>
public static class MatrixCosts
{
    // Rows that one thread rounds at a time, as floats, and its sums.
    private const int RowsInHand = 2 * 16;

    // Copies of W as floats: as read, within range, its error, the error times the moment, what pruning leaves.
    private const int CopiesOfWeights = 5;

    // Codes of the grid that is refined and of the best so far.
    private const int CopiesOfCodes = 2;

    // Moments of the inputs, (K, K) floats: as found, within range, effective, damped, reordered, and the factor with its columns.
    private const int CopiesOfMoment = 7;

    /// <summary>The cost of a matrix.</summary>
    /// <param name="weight">Says shape and format.</param>
    /// <param name="wishes">Those that will be followed: without calibration, without those that need it.</param>
    public static MatrixCost Of(Weight weight, CompressionWishes wishes)
    {
        if (weight.Format is not { } format || weight.Type.Shape.Count != 2)
        {
            return default;
        }

        (long rows, long columns) = (weight.Type.Shape[0].Size, weight.Type.Shape[1].Size);
        long elements = rows * columns;
        long kept = elements + (rows * (columns / Math.Max(1, format.GroupSize) + 1)) + (sizeof(float) * rows);
        long rounding = (long)Environment.ProcessorCount * RowsInHand * columns * sizeof(float);
        long working = wishes.Method != QuantizationMethod.RoundToNearest || wishes.Pruning == PruningMethod.SparseGpt
            ? (((CopiesOfWeights * sizeof(float)) + CopiesOfCodes) * elements) + (CopiesOfMoment * sizeof(float) * columns * columns)
            : wishes.Pruning == PruningMethod.Wanda && !format.Sparsity.IsDense
                ? (2 * sizeof(float) * elements) + (3 * sizeof(float) * columns * columns) + rounding
                : rounding;
        return new MatrixCost(kept, working);
    }
}
