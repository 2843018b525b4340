namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>f16 of docs/numerics.md §1: scales of the KV cache.</summary>
internal static class HalfScale
{
    /// <summary>The nearest binary16, half to even; ±65504 beyond.</summary>
    public static Half Of(float value)
    {
        Half half = (Half)value;
        return Half.IsPositiveInfinity(half) ? Half.MaxValue : Half.IsNegativeInfinity(half) ? Half.MinValue : half;
    }

    /// <summary>The binary32 of the same value.</summary>
    public static float ToSingle(ushort bits) => (float)BitConverter.UInt16BitsToHalf(bits);
}
