namespace Flightc.Compression;

/// <summary>
/// What calibration found about one matrix W (out, in): the second moments of what it multiplies, and of the loss's derivative by what it
/// gives.
/// </summary>
/// <remarks>
/// With an error E of W, the mean KL divergence per token grows by about <c>½ · tr(G · E · A · Eᵀ)</c>, G the output moment and A the
/// input moment: the Fisher information of the model's predictions in Kronecker form (J. Martens, R. Grosse, Optimizing Neural Networks with
/// Kronecker-factored Approximate Curvature, 2015, arXiv 1503.05671; A. Tseng et al., Model-Preserving Adaptive Rounding, 2025, arXiv
/// 2505.22988, use it for rounding). Derivatives are of the logarithm of the probability of a token *drawn from the model*, so that
/// no labels are needed and the expectation is the Fisher information itself.
/// </remarks>
public sealed class WeightStatistics
{
    /// <summary>Name by role.</summary>
    public required string Role { get; init; }

    /// <summary>Output features N.</summary>
    public required int Rows { get; init; }

    /// <summary>Input features K.</summary>
    public required int Columns { get; init; }

    /// <summary>Tokens that the means are over.</summary>
    public required long Tokens { get; init; }

    /// <summary>A: mean of x·xᵀ over tokens, (K, K). Matrices that read the same value share one array.</summary>
    public required float[] InputMoment { get; init; }

    /// <summary>The largest |x| of each input feature, (K).</summary>
    public required float[] InputLargest { get; init; }

    /// <summary>G: mean of g·gᵀ over tokens, (N, N), or its diagonal, (N), where N is too large; empty where there are no derivatives.</summary>
    public required float[] OutputMoment { get; init; }

    /// <summary>Whether <see cref="OutputMoment"/> is a whole matrix.</summary>
    public bool HasWholeOutputMoment => OutputMoment.Length > 0 && OutputMoment.LongLength == (long)Rows * Rows;

    /// <summary>
    /// Where tokens are looked up in the matrix too: mean of g·gᵀ over tokens, (K, K), g the derivative by the row that was looked up.
    /// Empty elsewhere.
    /// </summary>
    public float[] LookupMoment { get; init; } = [];

    /// <summary>Where tokens are looked up: the share of all tokens that each row is, (N). Empty elsewhere.</summary>
    public float[] LookupShares { get; init; } = [];

    /// <summary>Whether there is a moment at all; otherwise it is known only which tokens are looked up.</summary>
    public bool HasMoments => IsMultiplied || LookupMoment.Length > 0;

    /// <summary>Whether there are moments of derivatives.</summary>
    public bool HasDerivatives => LookupMoment.Length > 0 || OutputMoment.Length > 0;

    /// <summary>Whether logits or hidden values are products with the matrix: false for an embedding that is no head.</summary>
    public bool IsMultiplied => InputMoment.Length > 0;
}
