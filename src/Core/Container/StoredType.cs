namespace Flightc.Container;

/// <summary>
/// How the elements of a tensor are stored in a safetensors file; little-endian wherever that matters.
/// </summary>
/// <remarks>The list is the format's own. Only the floating types of 16 bits and more can be read as
/// weights.</remarks>
public enum StoredType
{
    /// <summary>One byte, 0 or 1.</summary>
    Bool,

    /// <summary>OCP microscaling float, 1 sign, 2 exponent and 1 mantissa bit; two in a byte.</summary>
    F4,

    /// <summary>OCP microscaling float of 6 bits, 2 of them exponent; four in three bytes.</summary>
    F6E2M3,

    /// <summary>OCP microscaling float of 6 bits, 3 of them exponent; four in three bytes.</summary>
    F6E3M2,

    /// <summary>Unsigned, 8 bits.</summary>
    U8,

    /// <summary>Two's complement, 8 bits.</summary>
    I8,

    /// <summary>OCP float of 8 bits, 5 of them exponent.</summary>
    F8E5M2,

    /// <summary>OCP float of 8 bits, 4 of them exponent, no infinities.</summary>
    F8E4M3,

    /// <summary>OCP power of two: 8 bits, all of them exponent.</summary>
    F8E8M0,

    /// <summary>As <see cref="F8E4M3"/>, with one NaN and no negative zero.</summary>
    F8E4M3Fnuz,

    /// <summary>As <see cref="F8E5M2"/>, with one NaN and no negative zero.</summary>
    F8E5M2Fnuz,

    /// <summary>Two's complement, 16 bits.</summary>
    I16,

    /// <summary>Unsigned, 16 bits.</summary>
    U16,

    /// <summary>IEEE 754 binary16.</summary>
    F16,

    /// <summary>The upper half of a binary32.</summary>
    BF16,

    /// <summary>Two's complement, 32 bits.</summary>
    I32,

    /// <summary>Unsigned, 32 bits.</summary>
    U32,

    /// <summary>IEEE 754 binary32.</summary>
    F32,

    /// <summary>Complex: two binary32, real part first.</summary>
    C64,

    /// <summary>IEEE 754 binary64.</summary>
    F64,

    /// <summary>Two's complement, 64 bits.</summary>
    I64,

    /// <summary>Unsigned, 64 bits.</summary>
    U64,
}
