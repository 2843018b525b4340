namespace Flightc.Onnx;

/// <summary>What is known of each element type: its name in ONNX and its size.</summary>
public static class OnnxElementTypes
{
    /// <summary>The name in ONNX, such as <c>float16</c> or <c>float8e4m3fn</c>; a number for what is no type.</summary>
    public static string OnnxName(this OnnxElementType type) =>
        Enum.IsDefined(type) ? type.ToString().ToLowerInvariant() : $"type {(int)type}";

    /// <summary>Bits per element: 2, 4, or a multiple of 8; 0 for texts and for what is no type.</summary>
    public static int Bits(this OnnxElementType type) => type switch
    {
        OnnxElementType.UInt2 or OnnxElementType.Int2 => 2,
        OnnxElementType.UInt4 or OnnxElementType.Int4 or OnnxElementType.Float4E2M1 => 4,
        OnnxElementType.UInt8 or OnnxElementType.Int8 or OnnxElementType.Bool or OnnxElementType.Float8E4M3FN or OnnxElementType.Float8E4M3FNUZ
            or OnnxElementType.Float8E5M2 or OnnxElementType.Float8E5M2FNUZ or OnnxElementType.Float8E8M0 => 8,
        OnnxElementType.UInt16 or OnnxElementType.Int16 or OnnxElementType.Float16 or OnnxElementType.BFloat16 => 16,
        OnnxElementType.Float or OnnxElementType.Int32 or OnnxElementType.UInt32 => 32,
        OnnxElementType.Double or OnnxElementType.Int64 or OnnxElementType.UInt64 or OnnxElementType.Complex64 => 64,
        OnnxElementType.Complex128 => 128,
        _ => 0,
    };

    /// <summary>Whether values of the type can be computed with; texts, complex numbers, FLOAT4E2M1 and FLOAT8E8M0 are recognised by name only.</summary>
    public static bool IsSupported(this OnnxElementType type) =>
        type.Bits() != 0
        && type is not (OnnxElementType.Complex64 or OnnxElementType.Complex128 or OnnxElementType.Float4E2M1 or OnnxElementType.Float8E8M0);

    /// <summary>Bytes that elements take in <c>raw_data</c>: those below a byte are packed, and the last byte is filled up.</summary>
    /// <exception cref="OverflowException">More than 64 bits can say.</exception>
    public static long ByteCount(this OnnxElementType type, long elementCount)
    {
        int bits = type.Bits();
        return bits >= 8 ? checked(elementCount * (bits / 8)) : bits == 0 ? 0 : ((elementCount - 1) / (8 / bits)) + (elementCount == 0 ? 0 : 1);
    }
}
