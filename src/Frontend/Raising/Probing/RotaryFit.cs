using System.Globalization;
using Flightc.Numerics;

namespace Flightc.Raising;

/// <summary>Finds the base of frequencies that were measured, and what they are divided by.</summary>
/// <remarks>Tables of exports are rounded; models are made of round numbers. So the base with the fewest digits that fits is taken, and an export then says the same as the
/// configuration it was made of.</remarks>
internal static class RotaryFit
{
    private const double UsualTheta = 10000;
    private const int MostDigits = 7;
    private const int FewDigits = 4;

    /// <summary>The angles.</summary>
    /// <param name="frequencies">By pair.</param>
    /// <param name="relative">How far frequencies may be off, relatively.</param>
    /// <param name="absolute">How far they may be off besides: the least that a table of few bits can say.</param>
    /// <param name="magnitude">What cosines and sines are multiplied by.</param>
    public static RotaryAngles Find(IReadOnlyList<double> frequencies, double relative, double absolute, double magnitude)
    {
        int dim = 2 * frequencies.Count;
        double[] tolerances = [.. frequencies.Select(f => relative + (absolute / f))];
        double divisor = Rounded(1 / frequencies[0], tolerances[0]);
        if (Theta(frequencies, divisor, tolerances) is { } theta)
        {
            return new RotaryAngles(theta, dim, [.. frequencies.Select(_ => divisor)], magnitude);
        }

        // Scalings keep the highest frequencies: the base that explains most of them without a divisor is the model's.
        double[] candidates = [.. Enumerable.Range(1, Math.Max(0, frequencies.Count - 1)).Select(i => Rounded(BaseOf(frequencies[i], i, dim), 4 * tolerances[i] * dim / (2 * i)))];
        double best = candidates.Append(UsualTheta).Where(c => c >= 1 && double.IsFinite(c)).MaxBy(c => Explained(frequencies, c, tolerances));
        return new RotaryAngles(best, dim, [.. frequencies.Select((f, i) => Rounded(Frequency(best, i, dim) / f, tolerances[i]))], magnitude);
    }

    private static double? Theta(IReadOnlyList<double> frequencies, double divisor, double[] tolerances)
    {
        int dim = 2 * frequencies.Count;
        if (frequencies.Count == 1)
        {
            return UsualTheta;
        }

        // The pair that tells the base best: slow ones do, as long as they can be measured.
        int sharpest = Enumerable.Range(1, frequencies.Count - 1).MinBy(i => tolerances[i] / i);
        double exact = BaseOf(frequencies[sharpest] * divisor, sharpest, dim);
        for (int digits = 1; digits <= MostDigits && double.IsFinite(exact) && exact >= 1; digits++)
        {
            double theta = Round(exact, digits);
            if (theta >= 1 && frequencies.Select((f, i) => Math.Abs((f * divisor / Frequency(theta, i, dim)) - 1) / tolerances[i]).Max() <= 1)
            {
                return theta;
            }
        }

        return null;
    }

    private static int Explained(IReadOnlyList<double> frequencies, double theta, double[] tolerances) =>
        frequencies.Where((f, i) => Math.Abs((f / Frequency(theta, i, 2 * frequencies.Count)) - 1) <= tolerances[i]).Count();

    private static double BaseOf(double frequency, int pair, int dim) => PortableMath.Exp(-PortableMath.Log(frequency) * dim / (2 * pair));

    private static double Frequency(double theta, int pair, int dim) => PortableMath.Exp(-PortableMath.Log(theta) * 2 * pair / dim);

    // With few digits where they are close enough; otherwise as it was measured.
    private static double Rounded(double value, double tolerance)
    {
        for (int digits = 1; digits <= FewDigits && double.IsFinite(value); digits++)
        {
            double rounded = Round(value, digits);
            if (Math.Abs((rounded / value) - 1) <= tolerance)
            {
                return rounded;
            }
        }

        return (float)value;
    }

    private static double Round(double value, int digits) =>
        double.Parse(value.ToString("E" + (digits - 1).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
