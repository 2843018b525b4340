namespace Flightc.Onnx.Evaluation;

/// <summary>What an integer type can hold.</summary>
internal static class IntegerRange
{
    /// <summary>The least and the largest value of a type below 64 bits.</summary>
    public static (long Least, long Largest) Of(OnnxElementType type)
    {
        int bits = type.Bits();
        bool isSigned = ElementSet.Signed.Contains(type) || type is OnnxElementType.Int4 or OnnxElementType.Int2;
        return isSigned ? (-(1L << (bits - 1)), (1L << (bits - 1)) - 1) : (0, (1L << bits) - 1);
    }

    /// <summary>Rounds to nearest, ties to even, adds the zero point and limits to the type.</summary>
    public static long Quantize(double value, long zeroPoint, OnnxElementType type)
    {
        (long least, long largest) = Of(type);
        double rounded = Math.Round(value, MidpointRounding.ToEven) + zeroPoint;
        return double.IsNaN(rounded) ? zeroPoint : (long)Math.Clamp(rounded, least, largest);
    }
}
