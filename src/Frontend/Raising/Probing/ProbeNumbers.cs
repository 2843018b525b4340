namespace Flightc.Raising;

/// <summary>Numbers to execute regions on: always the same ones.</summary>
internal static class ProbeNumbers
{
    /// <summary>So many numbers between -1 and 1 that look random.</summary>
    /// <param name="count">How many.</param>
    /// <param name="seed">Others for another seed.</param>
    public static double[] Random(int count, ulong seed)
    {
        double[] numbers = new double[count];
        ulong state = seed;
        for (int i = 0; i < count; i++)
        {
            // SplitMix64 (Steele et al. 2014); 20 bits, so that every float type but the smallest holds them well.
            state += 0x9E37_79B9_7F4A_7C15;
            ulong z = (state ^ (state >> 30)) * 0xBF58_476D_1CE4_E5B9;
            z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
            numbers[i] = ((double)((z ^ (z >> 31)) >> 44) / (1 << 19)) - 1;
        }

        return numbers;
    }

    /// <summary>How far apart two results of a float type may lie, relative to their size.</summary>
    public static double ToleranceOf(Flightc.Onnx.OnnxElementType type) => type switch
    {
        Flightc.Onnx.OnnxElementType.Float16 => 6e-3,
        Flightc.Onnx.OnnxElementType.BFloat16 => 5e-2,
        _ => 3e-5,
    };
}
