namespace Flightc.Numerics;

/// <summary>The standard normal distribution in binary64 from + − × ÷ and <see cref="PortableMath.Exp(double)"/>, with the same bits on every platform.</summary>
public static class NormalDistribution
{
    private const double InverseSqrt2 = 0.70710678118654752;
    private const double InverseSqrtPi = 0.56418958354775629;

    // Where the series has as many terms as the fraction has levels.
    private const double SeriesEnd = 3;
    private const int SeriesTerms = 60;
    private const int FractionLevels = 60;

    /// <summary>Φ(x): the probability of a value below x. Relative error below 1e-11 for x ≥ -37; 0 beyond.</summary>
    /// <param name="x">Finite.</param>
    public static double Cumulative(double x)
    {
        double z = Math.Abs(x) * InverseSqrt2;
        double exponential = PortableMath.Exp(-(z * z));
        if (z < SeriesEnd)
        {
            // erf z = 2/√π · e^(-z²) · Σ 2^n z^(2n+1) ÷ (2n+1)!!: all terms have one sign (Abramowitz and Stegun, 7.1.6).
            double term = z, sum = z;
            for (int n = 1; n < SeriesTerms; n++)
            {
                term *= 2 * z * z / ((2 * n) + 1);
                sum += term;
            }

            double half = InverseSqrtPi * exponential * sum;
            return x < 0 ? 0.5 - half : 0.5 + half;
        }

        // erfc z = e^(-z²)/√π · 1/(z + (1/2)/(z + 1/(z + (3/2)/(z + …)))) (Abramowitz and Stegun, 7.1.14).
        double fraction = z;
        for (int level = FractionLevels; level > 0; level--)
        {
            fraction = z + (level / 2.0 / fraction);
        }

        double tail = 0.5 * InverseSqrtPi * exponential / fraction;
        return x < 0 ? tail : 1 - tail;
    }
}
