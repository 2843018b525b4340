using Flightc.Diagnostics;

namespace Flightc.Onnx.Evaluation;

/// <summary>The error about element types that no language model of ours has.</summary>
internal static class UnsupportedType
{
    /// <summary>Names the type and where it stands.</summary>
    public static CompilationException Of(OnnxElementType type, string location) => new(
        Codes.OnnxTypeUnsupported, $"element type {OnnxElementTypes.OnnxName(type)} is not supported", location,
        "strings, complex numbers, float4e2m1 and float8e8m0 are not; export the model with another element type");
}
