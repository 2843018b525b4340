namespace Flightc.Onnx.Wire;

/// <summary>Bytes of a source; they have been checked to be there.</summary>
internal readonly record struct ByteRange(ByteSource Source, long Offset, long Length);
