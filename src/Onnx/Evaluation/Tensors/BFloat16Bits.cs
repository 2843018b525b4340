namespace Flightc.Onnx.Evaluation;

/// <summary>bfloat16: the upper half of a binary32.</summary>
internal static class BFloat16Bits
{
    /// <summary>The value of the bits.</summary>
    public static float ToFloat(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>The nearest bits, ties to even; NaN stays NaN.</summary>
    public static ushort FromFloat(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)(bits >> 16 | 0x40) : (ushort)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
    }
}
