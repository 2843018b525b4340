using Flightc.Diagnostics;

namespace Flightc.Calibration;

/// <summary>Puts statistics of one model together that were found on different texts or with different seeds.</summary>
/// <remarks>Means are weighted by tokens and maxima taken; it does not matter which comes first.</remarks>
/// <param name="a">One.</param>
/// <param name="b">The other.</param>
internal sealed class StatisticsMerge(CalibrationStatistics a, CalibrationStatistics b) : IStatisticTensors
{
    private readonly HashSet<string> _maxima = [.. a.Matrices.Where(m => m.IsMultiplied).Select(m => m.InputLargest)];

    /// <summary>Refuses what does not belong together.</summary>
    /// <exception cref="CompilationException">FLC1401.</exception>
    public static void Require(CalibrationStatistics a, CalibrationStatistics b)
    {
        if (a.ModelHash != b.ModelHash)
        {
            throw Invalid($"the statistics are of two models, {a.ModelHash[..12]} and {b.ModelHash[..12]}", "merge statistics of one model");
        }

        if (!a.Matrices.SequenceEqual(b.Matrices))
        {
            string role = a.Matrices.Zip(b.Matrices).FirstOrDefault(p => p.First != p.Second).First?.Role ?? "";
            throw Invalid($"the statistics differ in which matrices they have, or in the form of '{role}'", "calibrate both with the same options");
        }

        if (a.Parts.Intersect(b.Parts).FirstOrDefault() is { } twice)
        {
            throw Invalid($"both have the part '{twice}', which would count twice", "merge statistics of different texts or seeds");
        }
    }

    /// <inheritdoc/>
    public float[] Read(string name)
    {
        float[] x = a.Read(name), y = b.Read(name);
        float[] merged = new float[x.Length];
        if (_maxima.Contains(name))
        {
            for (int i = 0; i < merged.Length; i++)
            {
                merged[i] = MathF.Max(x[i], y[i]);
            }

            return merged;
        }

        double total = (double)a.Tokens + b.Tokens;
        for (int i = 0; i < merged.Length; i++)
        {
            merged[i] = (float)(((x[i] * (double)a.Tokens) + (y[i] * (double)b.Tokens)) / total);
        }

        return merged;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static CompilationException Invalid(string message, string help) => new(Codes.CalibrationInvalid, message, "", help);
}
