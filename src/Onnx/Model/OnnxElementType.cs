namespace Flightc.Onnx;

/// <summary>Element types of ONNX tensors; the numbers are those of <c>TensorProto.DataType</c> (onnx.proto3).</summary>
public enum OnnxElementType
{
    /// <summary>Not stated.</summary>
    Undefined = 0,

    /// <summary>IEEE 754 binary32.</summary>
    Float = 1,

    /// <summary>Unsigned, 8 bits.</summary>
    UInt8 = 2,

    /// <summary>Two's complement, 8 bits.</summary>
    Int8 = 3,

    /// <summary>Unsigned, 16 bits.</summary>
    UInt16 = 4,

    /// <summary>Two's complement, 16 bits.</summary>
    Int16 = 5,

    /// <summary>Two's complement, 32 bits.</summary>
    Int32 = 6,

    /// <summary>Two's complement, 64 bits.</summary>
    Int64 = 7,

    /// <summary>UTF-8 text: recognised, not supported.</summary>
    String = 8,

    /// <summary>A byte that is 0 or 1.</summary>
    Bool = 9,

    /// <summary>IEEE 754 binary16.</summary>
    Float16 = 10,

    /// <summary>IEEE 754 binary64.</summary>
    Double = 11,

    /// <summary>Unsigned, 32 bits.</summary>
    UInt32 = 12,

    /// <summary>Unsigned, 64 bits.</summary>
    UInt64 = 13,

    /// <summary>Two binary32: recognised, not supported.</summary>
    Complex64 = 14,

    /// <summary>Two binary64: recognised, not supported.</summary>
    Complex128 = 15,

    /// <summary>The upper half of a binary32.</summary>
    BFloat16 = 16,

    /// <summary>8 bits, 4 of exponent, finite and one NaN.</summary>
    Float8E4M3FN = 17,

    /// <summary>8 bits, 4 of exponent, finite and one NaN, no negative zero.</summary>
    Float8E4M3FNUZ = 18,

    /// <summary>8 bits, 5 of exponent.</summary>
    Float8E5M2 = 19,

    /// <summary>8 bits, 5 of exponent, finite and one NaN, no negative zero.</summary>
    Float8E5M2FNUZ = 20,

    /// <summary>Unsigned, 4 bits, two in a byte, the low nibble first.</summary>
    UInt4 = 21,

    /// <summary>Two's complement, 4 bits, two in a byte, the low nibble first.</summary>
    Int4 = 22,

    /// <summary>4 bits, 2 of exponent: recognised, not supported.</summary>
    Float4E2M1 = 23,

    /// <summary>8 bits of exponent alone: recognised, not supported.</summary>
    Float8E8M0 = 24,

    /// <summary>Unsigned, 2 bits, four in a byte, the lowest first.</summary>
    UInt2 = 25,

    /// <summary>Two's complement, 2 bits, four in a byte, the lowest first.</summary>
    Int2 = 26,
}
