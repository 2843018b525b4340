using Flightc.Compression;

namespace Flightc.Passes.Compression;

/// <summary>
/// Powers of two by which weights and moments are divided so that no product of them overflows or vanishes in binary32. Where all are of
/// ordinary size they stay as they are; where not, dividing changes no bit of what is found.
/// </summary>
/// <param name="Weights">The exponent of W.</param>
/// <param name="Input">That of the input moment.</param>
/// <param name="Output">That of the output moment; a lookup moment has the sum of both, so that its part of the loss fits the other.</param>
internal sealed record ProblemRange(int Weights, int Input, int Output)
{
    // Squares of weights times both moments stay below 2^127 and above 2^-126 with room for sums.
    private const int OrdinaryWeights = 20;
    private const int OrdinaryMoments = 40;

    /// <summary>What a loss is divided by, as an exponent.</summary>
    public int Loss => (2 * Weights) + Input + Output;

    /// <summary>Finds the powers.</summary>
    /// <param name="weights">W, finite.</param>
    /// <param name="statistics">Finite.</param>
    public static ProblemRange Of(float[] weights, WeightStatistics statistics)
    {
        float largest = 0;
        foreach (float weight in weights)
        {
            largest = Math.Max(largest, Math.Abs(weight));
        }

        double lookup = MeanOf(statistics.LookupMoment, statistics.Columns);
        double input = statistics.IsMultiplied ? MeanOf(statistics.InputMoment, statistics.Columns) : lookup;
        double output = statistics.IsMultiplied ? MeanOf(statistics.OutputMoment, statistics.Rows) : 1;
        if (statistics.IsMultiplied && input > 0 && statistics.LookupShares.Length > 0)
        {
            output = Math.Max(output, statistics.LookupShares.Max() * lookup / input);
        }

        return new ProblemRange(Exponent(largest, OrdinaryWeights), Exponent(input, OrdinaryMoments), Exponent(output, OrdinaryMoments));
    }

    /// <summary>W in range; the same array where it is.</summary>
    public float[] Apply(float[] weights) => Divided(weights, Weights);

    /// <summary>Moments in range; the same object where they are.</summary>
    public WeightStatistics Apply(WeightStatistics statistics) => Input == 0 && Output == 0
        ? statistics
        : new WeightStatistics
        {
            Role = statistics.Role,
            Rows = statistics.Rows,
            Columns = statistics.Columns,
            Tokens = statistics.Tokens,
            InputMoment = Divided(statistics.InputMoment, Input),
            InputLargest = statistics.InputLargest,
            OutputMoment = Divided(statistics.OutputMoment, Output),
            LookupMoment = Divided(statistics.LookupMoment, Input + Output),
            LookupShares = statistics.LookupShares,
        };

    private static float[] Divided(float[] values, int exponent) =>
        exponent == 0 ? values : [.. values.Select(value => MathF.ScaleB(value, -exponent))];

    private static int Exponent(double size, int ordinary)
    {
        int exponent = size > 0 ? Math.ILogB(size) : 0;
        return Math.Abs(exponent) <= ordinary ? 0 : exponent;
    }

    // Of the diagonal, of a whole matrix or one that stands for it.
    private static double MeanOf(float[] moment, int size)
    {
        int step = moment.Length > size ? size + 1 : 1;
        double sum = 0;
        for (int i = 0; i < moment.Length; i += step)
        {
            sum += moment[i];
        }

        return sum / size;
    }
}
