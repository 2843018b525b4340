using Flightc.Recipes;

namespace Flightc.Passes.Migration;

/// <summary>The factors that are tried for a value: a family with one exponent, in steps of an eighth.</summary>
/// <remarks>Powers of an eighth are square roots, which are the same on every platform.</remarks>
internal static class ScaleCandidates
{
    private const int Steps = 8;

    // Beyond this a factor would cost exponents and gain nothing.
    private const double MostFactor = 1 << 12;

    /// <summary>The candidates, without the one that changes nothing.</summary>
    /// <param name="site">The value.</param>
    /// <param name="facts">What is known of its features.</param>
    /// <param name="method">Whose family.</param>
    public static IEnumerable<double[]> Of(MigrationSite site, ScaleLoss facts, MigrationMethod method)
    {
        (double[] size, double[] reader) = BasesOf(site, facts, method);
        bool isSmooth = method == MigrationMethod.SmoothQuant;
        for (int eighths = isSmooth ? 0 : 1; eighths <= Steps; eighths++)
        {
            yield return Centred([.. Enumerable.Range(0, size.Length).Select(i =>
                size[i] > 0 && reader[i] > 0 ? Power(size[i], eighths) / (isSmooth ? Power(reader[i], Steps - eighths) : 1) : 0)]);
        }
    }

    /// <summary><c>x^(n/8)</c> by square roots.</summary>
    /// <param name="x">Not negative.</param>
    /// <param name="eighths">0 … 8</param>
    internal static double Power(double x, int eighths)
    {
        double result = (eighths & 8) != 0 ? x : 1;
        for (int bit = 4; bit > 0; bit >>= 1)
        {
            x = Math.Sqrt(x);
            result *= (eighths & bit) != 0 ? x : 1;
        }

        return result;
    }

    // By factor: features that share one count with their mean, or their largest.
    private static (double[] Size, double[] Reader) BasesOf(MigrationSite site, ScaleLoss facts, MigrationMethod method)
    {
        double[] size = new double[site.Factors], reader = new double[site.Factors];
        int sharing = site.Features / site.Factors;
        for (int k = 0; k < site.Features; k++)
        {
            int i = site.FactorOf(k);
            size[i] = method == MigrationMethod.Awq ? size[i] + (facts.MeanSquares[k] / sharing) : Math.Max(size[i], facts.Largest[k]);
            reader[i] = Math.Max(reader[i], facts.WeightLargest[k]);
        }

        return (method == MigrationMethod.Awq ? Array.ConvertAll(size, Math.Sqrt) : size, reader);
    }

    // Around 1, as only ratios matter; features that are never used keep 1.
    private static double[] Centred(double[] factors)
    {
        double[] used = [.. factors.Where(f => f > 0)];
        double middle = used.Length == 0 ? 1 : Math.Sqrt(used.Max()) * Math.Sqrt(used.Min());
        return Array.ConvertAll(factors, f => f > 0 ? Math.Clamp(f / middle, 1 / MostFactor, MostFactor) : 1);
    }
}
