namespace Flightc.Passes.Compression;

/// <summary>Scores by which Wanda drops weights: |w|·‖x‖, with the norm of an input feature over calibration.</summary>
/// <remarks>M. Sun et al., A Simple and Effective Pruning Approach for Large Language Models, 2023, arXiv 2306.11695.</remarks>
internal static class WandaScores
{
    /// <summary>Fills the scores of a row, none of which is 0, so that a pruned one can be told.</summary>
    /// <param name="weights">(K)</param>
    /// <param name="moment">A, (K, K)</param>
    /// <param name="scores">(K)</param>
    public static void Fill(ReadOnlySpan<float> weights, float[] moment, Span<float> scores)
    {
        int columns = weights.Length;
        for (int k = 0; k < columns; k++)
        {
            float score = weights[k] * MathF.Sqrt(Math.Max(0, moment[(k * columns) + k]));
            scores[k] = score == 0 ? float.Epsilon : score;
        }
    }
}
