namespace Flightc.Raising;

/// <summary>Finds the exact scale of scores behind a measured one.</summary>
internal static class ScaleFit
{
    /// <summary>Null for 1/√(head size); otherwise one over the root of a whole number where that fits, as configurations have it.</summary>
    /// <param name="scale">As measured.</param>
    /// <param name="headSize">Elements of a head.</param>
    /// <param name="tolerance">How far its square may be off, relatively.</param>
    public static float? Find(double scale, int headSize, double tolerance)
    {
        double square = 1 / (scale * scale), whole = Math.Round(square);
        return Math.Abs((square / headSize) - 1) < tolerance ? null
            : whole >= 1 && Math.Abs((square / whole) - 1) < tolerance ? (float)(1 / Math.Sqrt(whole))
            : (float)scale;
    }
}
