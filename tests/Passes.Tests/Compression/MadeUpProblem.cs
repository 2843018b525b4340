using Flightc.Compression;
using Flightc.IR;

namespace Flightc.Tests.Compression;

/// <summary>A random matrix with made-up statistics in which features go together and differ in size, as those of models do.</summary>
internal sealed class MadeUpProblem
{
    private MadeUpProblem(float[] weights, WeightStatistics statistics) => (Weights, Statistics) = (weights, statistics);

    public float[] Weights { get; }

    public WeightStatistics Statistics { get; }

    public int Rows => Statistics.Rows;

    public int Columns => Statistics.Columns;

    /// <summary>A matrix that activations are multiplied by.</summary>
    /// <param name="rows">N</param>
    /// <param name="columns">K</param>
    /// <param name="seed">Of everything.</param>
    /// <param name="couples">Whether the output moment is whole.</param>
    /// <param name="isLookedUp">Whether tokens are looked up in it besides.</param>
    public static MadeUpProblem Of(int rows, int columns, ulong seed, bool couples = true, bool isLookedUp = false)
    {
        RandomNumbers random = new(seed);
        float[] weights = random.Floats(rows * columns), output = Moment(random, rows, 0.1f);
        WeightStatistics statistics = Of(rows, columns, Moment(random, columns, 1), couples ? output : Diagonal(output, rows));
        return new MadeUpProblem(weights, isLookedUp ? LookedUp(statistics, Moment(random, columns, 0.1f), random) : statistics);
    }

    /// <summary>The same statistics with other weights.</summary>
    public MadeUpProblem WithWeights(float[] weights) => new(weights, Statistics);

    /// <summary>Other weights with another input moment.</summary>
    public MadeUpProblem WithWeights(float[] weights, int columns, float[] input) => new(weights, Of(Rows, columns, input, Statistics.OutputMoment));

    /// <summary>The same, of fewer tokens.</summary>
    public MadeUpProblem WithTokens(long tokens) => new(Weights, Of(Rows, Columns, Statistics.InputMoment, Statistics.OutputMoment, tokens));

    /// <summary>The same weights with other moments.</summary>
    public MadeUpProblem With(float[]? input = null, float[]? output = null) =>
        new(Weights, Of(Rows, Columns, input ?? Statistics.InputMoment, output ?? Statistics.OutputMoment));

    /// <summary>½ · tr(G · E · A · Eᵀ) + ½ · Σ s[n] · E[n] · B · E[n]ᵀ in binary64, as it is written.</summary>
    public double LossOf(QuantizedMatrix matrix)
    {
        double[] error = new double[Weights.Length];
        for (int i = 0; i < error.Length; i++)
        {
            error[i] = Weights[i] - MatrixInvariants.ValueOf(matrix, i / Columns, i % Columns);
        }

        double[] image = Image(error, Statistics.InputMoment);
        double loss = 0;
        for (int n = 0; n < Rows; n++)
        {
            for (int other = 0; other < Rows; other++)
            {
                double g = Statistics.HasWholeOutputMoment ? Statistics.OutputMoment[(n * Rows) + other] : n == other ? Statistics.OutputMoment[n] : 0;
                loss += g == 0 ? 0 : g * Dot(image, n, error, other);
            }
        }

        if (Statistics.LookupMoment.Length > 0)
        {
            image = Image(error, Statistics.LookupMoment);
            loss += Enumerable.Range(0, Rows).Sum(n => Statistics.LookupShares[n] * Dot(image, n, error, n));
        }

        return loss / 2;
    }

    /// <summary>The second moment of vectors with a common part, whose elements differ in size.</summary>
    public static float[] Moment(RandomNumbers random, int size, float scale)
    {
        int samples = 2 * size;
        float[] sizes = [.. Enumerable.Range(0, size).Select(_ => scale * (0.3f + (random.Below(16) == 0 ? 3f : Math.Abs(random.Float()))))];
        double[] sum = new double[size * size];
        for (int sample = 0; sample < samples; sample++)
        {
            float common = random.Float();
            float[] x = [.. sizes.Select(s => s * (common + random.Float()))];
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] += (double)x[i / size] * x[i % size] / samples;
            }
        }

        return [.. sum.Select(s => (float)s)];
    }

    /// <summary>The diagonal of a square matrix.</summary>
    public static float[] Diagonal(float[] matrix, int size) => [.. Enumerable.Range(0, size).Select(i => matrix[(i * size) + i])];

    private static WeightStatistics Of(int rows, int columns, float[] input, float[] output, long tokens = 100_000) => new()
    {
        Role = "w", Rows = rows, Columns = columns, Tokens = tokens, InputMoment = input, InputLargest = new float[columns], OutputMoment = output,
    };

    private static WeightStatistics LookedUp(WeightStatistics s, float[] lookup, RandomNumbers random) => new()
    {
        Role = s.Role, Rows = s.Rows, Columns = s.Columns, Tokens = s.Tokens, InputMoment = s.InputMoment, InputLargest = s.InputLargest,
        OutputMoment = s.OutputMoment, LookupMoment = lookup, LookupShares = [.. Enumerable.Range(0, s.Rows).Select(_ => random.Below(3) / (float)s.Rows)],
    };

    private double[] Image(double[] error, float[] moment)
    {
        double[] image = new double[error.Length];
        for (int row = 0; row < Rows; row++)
        {
            for (int k = 0; k < Columns; k++)
            {
                double e = error[(row * Columns) + k];
                for (int j = 0; j < Columns; j++)
                {
                    image[(row * Columns) + j] += e * moment[(k * Columns) + j];
                }
            }
        }

        return image;
    }

    private double Dot(double[] a, int rowOfA, double[] b, int rowOfB)
    {
        double sum = 0;
        for (int k = 0; k < Columns; k++)
        {
            sum += a[(rowOfA * Columns) + k] * b[(rowOfB * Columns) + k];
        }

        return sum;
    }
}
