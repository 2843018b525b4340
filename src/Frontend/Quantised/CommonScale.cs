namespace Flightc.Quantised;

/// <summary>The scales of a row's groups as multiples of one number, which is how docs/numerics.md §2 holds them.</summary>
internal static class CommonScale
{
    private const int MostMultiplier = 63;

    /// <summary>Finds S and multipliers m, 0 … 63, with <c>S · m</c> exactly each scale; the largest S there is.</summary>
    /// <param name="scales">Of a row, one for each group.</param>
    /// <param name="multipliers">As many; filled where there is such an S.</param>
    /// <returns>S, or null.</returns>
    public static float? Find(ReadOnlySpan<float> scales, Span<byte> multipliers)
    {
        float largest = 0;
        foreach (float scale in scales)
        {
            if (!(scale >= 0 && float.IsFinite(scale)))
            {
                return null;
            }

            largest = Math.Max(largest, scale);
        }

        for (int m = 1; m <= MostMultiplier; m++)
        {
            float candidate = largest / m;
            if ((double)candidate * m == largest && AllAreMultiples(scales, candidate, multipliers))
            {
                return candidate;
            }
        }

        return null;
    }

    private static bool AllAreMultiples(ReadOnlySpan<float> scales, double unit, Span<byte> multipliers)
    {
        for (int g = 0; g < scales.Length; g++)
        {
            double multiple = unit == 0 ? 1 : Math.Round(scales[g] / unit);
            if (multiple * unit != scales[g] || multiple > MostMultiplier)
            {
                return false;
            }

            multipliers[g] = (byte)multiple;
        }

        return true;
    }
}
