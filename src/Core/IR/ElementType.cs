namespace Flightc.IR;

/// <summary>What the elements of a tensor are. Formats of activations are defined in docs/numerics.md §2.</summary>
public enum ElementType
{
    /// <summary>IEEE 754 binary32.</summary>
    F32,

    /// <summary>IEEE 754 binary16.</summary>
    F16,

    /// <summary>bfloat16: the upper half of a binary32.</summary>
    BF16,

    /// <summary>IEEE 754 binary64; weights only, rounded to binary32 when read.</summary>
    F64,

    /// <summary>Signed 32-bit integers: token ids.</summary>
    I32,

    /// <summary>INT8 codes with a binary32 scale per token.</summary>
    I8T,

    /// <summary>INT8 codes with a binary32 scale per token and head.</summary>
    I8H,

    /// <summary>INT8 codes with a binary16 scale per token and head: the form of the KV cache.</summary>
    I8K,

    /// <summary>Codes of 4 bits with a binary16 scale per token and head: the form of a narrow KV cache.</summary>
    I4K,
}
