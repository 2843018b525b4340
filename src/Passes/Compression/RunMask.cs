namespace Flightc.Passes.Compression;

/// <summary>Which weights of a run are kept: a bit for each column, the first in the lowest.</summary>
public static class RunMask
{
    /// <summary>Keeps the largest scores of a run; of equal ones, those in the lower columns.</summary>
    /// <param name="scores">Of at most 16 columns; no NaN.</param>
    /// <param name="kept">N; all are kept where there are no more.</param>
    public static uint Largest(ReadOnlySpan<float> scores, int kept)
    {
        Span<int> ranks = stackalloc int[RunRanks.MostColumns];
        RunRanks.Of(scores, ranks);
        uint mask = 0;
        for (int k = 0; k < scores.Length; k++)
        {
            mask |= (ranks[k] < kept ? 1u : 0) << k;
        }

        return mask;
    }
}
