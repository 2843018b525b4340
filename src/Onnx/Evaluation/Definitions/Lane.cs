namespace Flightc.Onnx.Evaluation;

/// <summary>The number types that operators compute in: each holds every value of its element types.</summary>
internal enum Lane
{
    /// <summary><c>float</c>: binary32 and what is smaller.</summary>
    Single,

    /// <summary><c>double</c>: binary64.</summary>
    Double,

    /// <summary><c>long</c>: every integer but uint64, and bool as 0 and 1.</summary>
    Signed,

    /// <summary><c>ulong</c>: uint64.</summary>
    NonNegative,
}
