namespace Flightc.Onnx.Evaluation;

/// <summary>How each element type is written in messages, and computed with. Sizes are in <see cref="OnnxElementTypes"/>.</summary>
public static class ElementTypes
{
    /// <summary>The name that ONNX gives it, such as <c>float</c> or <c>float8e4m3fn</c>.</summary>
    public static string NameOf(OnnxElementType type) => type switch
    {
        OnnxElementType.Undefined => "undefined",
        OnnxElementType.Float => "float",
        OnnxElementType.UInt8 => "uint8",
        OnnxElementType.Int8 => "int8",
        OnnxElementType.UInt16 => "uint16",
        OnnxElementType.Int16 => "int16",
        OnnxElementType.Int32 => "int32",
        OnnxElementType.Int64 => "int64",
        OnnxElementType.String => "string",
        OnnxElementType.Bool => "bool",
        OnnxElementType.Float16 => "float16",
        OnnxElementType.Double => "double",
        OnnxElementType.UInt32 => "uint32",
        OnnxElementType.UInt64 => "uint64",
        OnnxElementType.Complex64 => "complex64",
        OnnxElementType.Complex128 => "complex128",
        OnnxElementType.BFloat16 => "bfloat16",
        OnnxElementType.Float8E4M3FN => "float8e4m3fn",
        OnnxElementType.Float8E4M3FNUZ => "float8e4m3fnuz",
        OnnxElementType.Float8E5M2 => "float8e5m2",
        OnnxElementType.Float8E5M2FNUZ => "float8e5m2fnuz",
        OnnxElementType.UInt4 => "uint4",
        OnnxElementType.Int4 => "int4",
        OnnxElementType.Float4E2M1 => "float4e2m1",
        OnnxElementType.Float8E8M0 => "float8e8m0",
        OnnxElementType.UInt2 => "uint2",
        OnnxElementType.Int2 => "int2",
        _ => $"type {(int)type}",
    };

    /// <summary>Whether it has a point.</summary>
    public static bool IsFloat(OnnxElementType type) => (ElementSet.Floats | ElementSet.Float8s).Contains(type);

    /// <summary>The number type in which elements are computed with.</summary>
    internal static Lane LaneOf(OnnxElementType type) =>
        type == OnnxElementType.Double ? Lane.Double
        : type == OnnxElementType.UInt64 ? Lane.NonNegative
        : IsFloat(type) ? Lane.Single
        : Lane.Signed;
}
