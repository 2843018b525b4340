using System.Runtime.Intrinsics;

namespace Flightc.Passes.Compression;

/// <summary>Ranks the scores of a run of at most 16 columns, all against all, which is faster than sorting.</summary>
internal static class RunRanks
{
    /// <summary>The most columns of a run.</summary>
    public const int MostColumns = 16;

    /// <summary>How many scores come before each: the larger ones, and equal ones in lower columns.</summary>
    /// <param name="scores">Of at most 16 columns; no NaN.</param>
    /// <param name="ranks">(16); beyond the run, higher than all of it.</param>
    public static void Of(ReadOnlySpan<float> scores, Span<int> ranks)
    {
        Span<float> padded = stackalloc float[MostColumns];
        padded.Fill(float.NegativeInfinity);
        scores.CopyTo(padded);
        Vector256<float> low = Vector256.Create<float>(padded), high = Vector256.Create<float>(padded[8..]);
        Vector256<int> lowColumns = Vector256.CreateSequence(0, 1), highColumns = Vector256.CreateSequence(8, 1);
        Vector256<int> lowRanks = default, highRanks = default;
        for (int other = 0; other < MostColumns; other++)
        {
            Vector256<float> score = Vector256.Create(padded[other]);
            Vector256<int> column = Vector256.Create(other);

            // A comparison that holds is -1.
            lowRanks -= Before(score, column, low, lowColumns);
            highRanks -= Before(score, column, high, highColumns);
        }

        lowRanks.CopyTo(ranks);
        highRanks.CopyTo(ranks[8..]);
    }

    private static Vector256<int> Before(
        Vector256<float> score, Vector256<int> column, Vector256<float> scores, Vector256<int> columns) =>
        Vector256.GreaterThan(score, scores).AsInt32()
        | (Vector256.Equals(score, scores).AsInt32() & Vector256.GreaterThan(columns, column));
}
