namespace Flightc.IR;

/// <summary>Row scales of 16 bits: the upper half of a binary32 whose lower half is 0, which is a bfloat16.</summary>
public static class ShortScale
{
    private const int Bits = 16;

    /// <summary>The nearest value that is one, half to even; the largest finite one where that would be infinite.</summary>
    /// <param name="scale">Finite, not negative.</param>
    public static float Nearest(float scale)
    {
        uint bits = BitConverter.SingleToUInt32Bits(scale);
        uint rounded = (bits + 0x7FFF + (bits >> Bits & 1)) & 0xFFFF0000;
        float result = BitConverter.UInt32BitsToSingle(rounded);
        return float.IsFinite(result) ? result : BitConverter.UInt32BitsToSingle(0x7F7F0000);
    }

    /// <summary>Whether a scale is one.</summary>
    public static bool Is(float scale) => (ushort)BitConverter.SingleToUInt32Bits(scale) == 0;

    /// <summary>What is stored of one.</summary>
    public static ushort ToBits(float scale) => (ushort)(BitConverter.SingleToUInt32Bits(scale) >> Bits);

    /// <summary>The scale that was stored.</summary>
    public static float FromBits(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << Bits);
}
