namespace Flightc.Onnx.Wire;

/// <summary>How a field of a protobuf message is written; the numbers are those of the encoding.</summary>
internal enum WireType
{
    /// <summary>7 bits per byte, the lowest first, at most 10 bytes.</summary>
    Varint = 0,

    /// <summary>8 bytes, little-endian.</summary>
    Fixed64 = 1,

    /// <summary>A length, then as many bytes.</summary>
    Bytes = 2,

    /// <summary>4 bytes, little-endian.</summary>
    Fixed32 = 5,
}
