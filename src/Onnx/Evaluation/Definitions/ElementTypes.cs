namespace Flightc.Onnx.Evaluation;

/// <summary>How each element type is computed with. Names and sizes are in <see cref="OnnxElementTypes"/>.</summary>
public static class ElementTypes
{
    /// <summary>Whether it has a point.</summary>
    public static bool IsFloat(OnnxElementType type) => (ElementSet.Floats | ElementSet.Float8s).Contains(type);

    /// <summary>The number type in which elements are computed with.</summary>
    internal static Lane LaneOf(OnnxElementType type) =>
        type == OnnxElementType.Double ? Lane.Double
        : type == OnnxElementType.UInt64 ? Lane.NonNegative
        : IsFloat(type) ? Lane.Single
        : Lane.Signed;
}
