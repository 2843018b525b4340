namespace Flightc.Numerics;

/// <summary>The published ways to change the frequencies of rotary embedding for longer contexts, as <see cref="RotaryAngles"/>.</summary>
/// <remarks>
/// Divisors are rounded to binary32, and computed with portable functions, so that they are the same on every platform.
/// </remarks>
public static class RotaryScaling
{
    private const double TwoPi = 2 * Math.PI;

    // Where both ends of YaRN's ramp fall together, its reference implementation moves them apart by this.
    private const double SmallestRamp = 0.001;

    /// <summary>Positions divided by one factor (Chen et al. 2023).</summary>
    /// <param name="theta">θ.</param>
    /// <param name="dim">Elements that are turned.</param>
    /// <param name="factor">The factor; above 0.</param>
    public static RotaryAngles Linear(double theta, int dim, double factor) => With(theta, dim, _ => factor);

    /// <summary>The scaling of LLaMA 3.1: low frequencies divided, high ones kept, a ramp between them (Dubey et al. 2024).</summary>
    /// <param name="theta">θ.</param>
    /// <param name="dim">Elements that are turned.</param>
    /// <param name="factor">What low frequencies are divided by.</param>
    /// <param name="lowFactor">Waves longer than <paramref name="original"/> ÷ this are low.</param>
    /// <param name="highFactor">Waves shorter than <paramref name="original"/> ÷ this are high; above <paramref name="lowFactor"/>.</param>
    /// <param name="original">Positions the model was first trained for.</param>
    public static RotaryAngles Llama3(double theta, int dim, double factor, double lowFactor, double highFactor, double original) =>
        With(theta, dim, i =>
        {
            double wave = TwoPi * Power(theta, 2.0 * i / dim);
            if (wave > original / lowFactor)
            {
                return factor;
            }

            double smooth = ((original / wave) - lowFactor) / (highFactor - lowFactor);
            return wave < original / highFactor ? 1 : 1 / (((1 - smooth) / factor) + smooth);
        });

    /// <summary>YaRN (Peng et al. 2023): frequencies that turn seldom divided, those that turn often kept, a ramp over pairs between them.</summary>
    /// <param name="theta">θ; above 1.</param>
    /// <param name="dim">Elements that are turned.</param>
    /// <param name="factor">What slow frequencies are divided by.</param>
    /// <param name="fastTurns">Turns within <paramref name="original"/> positions from which on a frequency is kept.</param>
    /// <param name="slowTurns">Turns up to which a frequency is divided.</param>
    /// <param name="original">Positions the model was first trained for.</param>
    /// <param name="roundsEnds">Whether the ends of the ramp are rounded to whole pairs.</param>
    /// <param name="magnitude">What cosines and sines are multiplied by.</param>
    public static RotaryAngles Yarn(
        double theta, int dim, double factor, double fastTurns, double slowTurns, double original, bool roundsEnds, double magnitude)
    {
        (double low, double high) = (PairOf(fastTurns), PairOf(slowTurns));
        (low, high) = roundsEnds ? (Math.Floor(low), Math.Ceiling(high)) : (low, high);
        (low, high) = (Math.Max(low, 0), Math.Min(high, dim - 1));
        high += low == high ? SmallestRamp : 0;
        return With(
            theta, dim,
            i =>
            {
                double kept = 1 - Math.Clamp((i - low) / (high - low), 0, 1);
                return 1 / (((1 - kept) / factor) + kept);
            },
            magnitude);

        // The pair that turns so often within the original positions.
        double PairOf(double turns) => dim * Log(original / (turns * TwoPi)) / (2 * Log(theta));
    }

    /// <summary>YaRN's magnitude for a factor: <c>0.1 · weight · ln factor + 1</c>.</summary>
    /// <param name="factor">By how much contexts grow.</param>
    /// <param name="weight">What the logarithm is multiplied by.</param>
    public static double YarnMagnitude(double factor, double weight = 1) =>
        factor <= 1 ? 1 : Rounded((0.1 * weight * Log(factor)) + 1);

    /// <summary>LongRoPE (Ding et al. 2024): every pair has a divisor of its own, found by search.</summary>
    /// <param name="theta">θ.</param>
    /// <param name="dim">Elements that are turned.</param>
    /// <param name="divisors">One for each pair.</param>
    /// <param name="magnitude">What cosines and sines are multiplied by.</param>
    public static RotaryAngles Long(double theta, int dim, IReadOnlyList<double> divisors, double magnitude) =>
        With(theta, dim, i => divisors[i], magnitude);

    /// <summary>LongRoPE's magnitude: <c>√(1 + ln factor ÷ ln original)</c>.</summary>
    /// <param name="factor">By how much contexts grow.</param>
    /// <param name="original">Positions the model was first trained for; above 1.</param>
    public static double LongMagnitude(double factor, double original) =>
        factor <= 1 ? 1 : Rounded(Math.Sqrt(1 + (Log(factor) / Log(original))));

    private static RotaryAngles With(double theta, int dim, Func<int, double> divisor, double magnitude = 1) =>
        new(theta, dim, [.. Enumerable.Range(0, dim / 2).Select(i => Rounded(divisor(i)))], Rounded(magnitude));

    private static double Rounded(double value) => (float)value;

    private static double Log(double x) => PreciseFunctions.Log(x).High;

    private static double Power(double theta, double exponent) => PreciseFunctions.Exp(PreciseFunctions.Log(theta) * exponent).High;
}
