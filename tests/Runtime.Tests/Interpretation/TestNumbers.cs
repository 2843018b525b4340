namespace Flightc.Tests.Interpretation;

/// <summary>Expectations by other ways than the interpreter's: recursion, double precision, plain integers.</summary>
internal static class TestNumbers
{
    /// <summary>Repeatable numbers between -1 and 1.</summary>
    public static float[] Floats(int count, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];
    }

    /// <summary>Repeatable codes.</summary>
    public static sbyte[] Codes(int count, int seed, int bits = 8)
    {
        Random random = new(seed);
        int low = -(1 << (bits - 1));
        return [.. Enumerable.Range(0, count).Select(_ => (sbyte)random.Next(low + 1, -low))];
    }

    /// <summary>The sum of docs/numerics.md §1.1, from the top of its tree downwards.</summary>
    public static float Sum(float[] v)
    {
        float[] padded = [.. v, .. new float[(64 - (v.Length % 64)) % 64]];
        return Tree([.. padded.Chunk(64).Select(s => Segment(s))]);
    }

    /// <summary>The sums of its segments.</summary>
    public static float[] SegmentSums(float[] v) => [.. v.Chunk(64).Select(s => Segment([.. s, .. new float[64 - s.Length]]))];

    /// <summary>A product and a sum in double precision, where the product of two binary32 is exact, then rounded to binary32.</summary>
    public static float Exp2(float t)
    {
        t = Math.Clamp(t, -126f, 126f);
        double n = Math.Round((double)t, MidpointRounding.ToEven);
        double f = t - n;
        double factorial = 720;
        float p = 0;
        for (int k = 6; k >= 0; k--)
        {
            double power = 1;
            for (int i = 0; i < k; i++)
            {
                power *= Math.Log(2);
            }

            p = (float)((p * f) + (float)(power / factorial));
            factorial /= Math.Max(k, 1);
        }

        return (float)Math.ScaleB(p, (int)n);
    }

    public static int Round(float x) => (int)Math.Round((double)x, MidpointRounding.ToEven);

    private static float Segment(float[] s) => Fold([.. Enumerable.Range(0, 16).Select(i => ((s[i] + s[i + 16]) + s[i + 32]) + s[i + 48])]);

    // Halves: the lower half's lanes plus the upper half's, until one is left.
    private static float Fold(float[] lanes) =>
        lanes.Length == 1 ? lanes[0] : Fold([.. lanes.Take(lanes.Length / 2).Zip(lanes.Skip(lanes.Length / 2), (a, b) => a + b)]);

    // The left subtree has the largest power of two that is less than the number of leaves: the same as pairing upwards.
    private static float Tree(float[] sums)
    {
        if (sums.Length == 1)
        {
            return sums[0];
        }

        int left = 1;
        while (left * 2 < sums.Length)
        {
            left *= 2;
        }

        return Tree(sums[..left]) + Tree(sums[left..]);
    }
}
