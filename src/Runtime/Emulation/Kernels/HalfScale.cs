namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>f16 of docs/numerics.md §1: scales of the KV cache.</summary>
internal static class HalfScale
{
    private static float TwoTo112 => BitConverter.Int32BitsToSingle((127 + 112) << 23);

    /// <summary>The nearest binary16, half to even; ±65504 beyond.</summary>
    public static Half Of(float value)
    {
        Half half = (Half)value;
        return Half.IsPositiveInfinity(half) ? Half.MaxValue : Half.IsNegativeInfinity(half) ? Half.MinValue : half;
    }

    /// <summary>The binary32 of the same value.</summary>
    public static float ToSingle(ushort bits)
    {
        if ((bits & 0x7C00) == 0x7C00)
        {
            return (float)BitConverter.UInt16BitsToHalf(bits);
        }

        // Exponents of binary16 are 112 above those of binary32 with the same bits; the product is exact, for
        // subnormals too.
        float magnitude = BitConverter.Int32BitsToSingle((bits & 0x7FFF) << 13) * TwoTo112;
        return (bits & 0x8000) == 0 ? magnitude : -magnitude;
    }
}
