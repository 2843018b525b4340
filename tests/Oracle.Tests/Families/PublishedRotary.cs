namespace Flightc.Tests.Families;

/// <summary>Frequencies of rotary embedding by the formulas of their papers and of transformers, in binary64.</summary>
internal static class PublishedRotary
{
    /// <summary>Su et al. 2021.</summary>
    public static double[] Plain(double theta, int dim) => [.. Enumerable.Range(0, dim / 2).Select(i => Math.Exp(-2.0 * i / dim * Math.Log(theta)))];

    /// <summary>Chen et al. 2023.</summary>
    public static double[] Linear(double theta, int dim, double factor) => [.. Plain(theta, dim).Select(f => f / factor)];

    /// <summary>The scaling of LLaMA 3.1 by wavelengths.</summary>
    public static double[] Llama3(double theta, int dim, double factor, double low, double high, double original) =>
    [
        .. Plain(theta, dim).Select(frequency =>
        {
            double wave = 2 * Math.PI / frequency;
            double smooth = ((original / wave) - low) / (high - low);
            return wave < original / high ? frequency
                : wave > original / low ? frequency / factor
                : ((1 - smooth) * frequency / factor) + (smooth * frequency);
        }),
    ];

    /// <summary>YaRN: inverse frequencies interpolated and extrapolated, mixed by a ramp.</summary>
    public static double[] Yarn(double theta, int dim, double factor, double original, double betaFast = 32, double betaSlow = 1, bool truncate = true)
    {
        double Correction(double rotations) => dim * Math.Log(original / (rotations * 2 * Math.PI)) / (2 * Math.Log(theta));
        double low = Correction(betaFast), high = Correction(betaSlow);
        if (truncate)
        {
            (low, high) = (Math.Floor(low), Math.Ceiling(high));
        }

        low = Math.Max(low, 0);
        high = Math.Min(high, dim - 1);
        double[] extrapolation = Plain(theta, dim);
        return
        [
            .. extrapolation.Select((frequency, i) =>
            {
                double ramp = Math.Clamp((i - low) / (high - low), 0, 1);
                return (frequency / factor * ramp) + (frequency * (1 - ramp));
            }),
        ];
    }

    /// <summary>LongRoPE.</summary>
    public static double[] Long(double theta, int dim, double[] factors) => [.. Plain(theta, dim).Select((f, i) => f / factors[i])];
}
