namespace Flightc.FlightLlm;

/// <summary>What was done to the weights in the published evaluation: a width, and a share of weights that is kept.</summary>
/// <param name="BitsPerKeptWeight">Stored bits of a weight that is kept, scales and the like included.</param>
/// <param name="QueryKept">Share of the weights that the query projection keeps, in (0, 1].</param>
/// <param name="KeyKept">The same of the key projection.</param>
/// <param name="OtherKept">The same of all other matrices.</param>
/// <param name="IndexBitsPerWeight">Bits of index for every weight, kept or not. The released programs load no index.</param>
/// <remarks>
/// The released IR keeps 0.7 of the query and key projections and all of the rest. A share enters the published model only
/// as a factor on bytes and MACs; no pattern is modelled.
/// </remarks>
public sealed record PublishedRecipe(
    double BitsPerKeptWeight, double QueryKept = 0.7, double KeyKept = 0.7, double OtherKept = 1, double IndexBitsPerWeight = 0)
{
    /// <summary>8:16 in every matrix, found by a bitmap of one bit for each weight; kept weights are as wide as before.</summary>
    public PublishedRecipe HalfSparse() =>
        this with { QueryKept = 0.5, KeyKept = 0.5, OtherKept = 0.5, IndexBitsPerWeight = 1 };

    /// <summary>Stored bytes of a weight of a matrix that keeps this share.</summary>
    public double BytesPerWeight(double kept) => ((kept * BitsPerKeptWeight) + IndexBitsPerWeight) / 8;
}
