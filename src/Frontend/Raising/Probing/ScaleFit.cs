namespace Flightc.Raising;

/// <summary>Finds the exact scale of scores behind a measured one.</summary>
internal static class ScaleFit
{
    private const double Tolerance = 2e-5;

    /// <summary>Null for 1/√(head size); otherwise one over the root of a whole number where that fits, as configurations have it.</summary>
    public static float? Find(double scale, int headSize)
    {
        double square = 1 / (scale * scale), whole = Math.Round(square);
        return Math.Abs((square / headSize) - 1) < Tolerance ? null
            : whole >= 1 && Math.Abs((square / whole) - 1) < Tolerance ? (float)(1 / Math.Sqrt(whole))
            : (float)scale;
    }
}
