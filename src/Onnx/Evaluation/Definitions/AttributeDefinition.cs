namespace Flightc.Onnx.Evaluation;

/// <summary>An attribute of an operator.</summary>
/// <param name="Name">As ONNX writes it.</param>
/// <param name="Kind">What its value is.</param>
/// <param name="IsRequired">Whether a node without it is wrong.</param>
/// <param name="Default">A <c>long</c>, <c>float</c> or <c>string</c>, or null where absence means something of its own.</param>
/// <param name="Since">The first opset that has it so; 0 for all.</param>
/// <param name="Until">The first opset that has it no more or otherwise.</param>
public sealed record AttributeDefinition(
    string Name, AttributeKind Kind, bool IsRequired = false, object? Default = null, int Since = 0, int Until = int.MaxValue)
{
    /// <summary>An integer with a default.</summary>
    public static AttributeDefinition Int(string name, long value, int since = 0, int until = int.MaxValue) =>
        new(name, AttributeKind.Int, false, value, since, until);

    /// <summary>A number with a default.</summary>
    public static AttributeDefinition Float(string name, float value, int since = 0, int until = int.MaxValue) =>
        new(name, AttributeKind.Float, false, value, since, until);

    /// <summary>A text with a default.</summary>
    public static AttributeDefinition Text(string name, string value, int since = 0, int until = int.MaxValue) =>
        new(name, AttributeKind.Text, false, value, since, until);

    /// <summary>One that may be left out.</summary>
    public static AttributeDefinition Optional(string name, AttributeKind kind, int since = 0, int until = int.MaxValue) =>
        new(name, kind, false, null, since, until);

    /// <summary>One that must be there.</summary>
    public static AttributeDefinition Required(string name, AttributeKind kind, int since = 0, int until = int.MaxValue) =>
        new(name, kind, true, null, since, until);

    /// <summary>Whether a node of that opset can have it.</summary>
    public bool Holds(int version) => version >= Since && version < Until;

    /// <summary>The kind that an attribute of a file has.</summary>
    public static AttributeKind KindOf(OnnxAttribute attribute) => attribute switch
    {
        IntAttribute => AttributeKind.Int,
        FloatAttribute => AttributeKind.Float,
        StringAttribute => AttributeKind.Text,
        IntsAttribute => AttributeKind.Ints,
        FloatsAttribute => AttributeKind.Floats,
        StringsAttribute => AttributeKind.Texts,
        TensorAttribute => AttributeKind.Tensor,
        GraphAttribute => AttributeKind.Graph,
        _ => AttributeKind.Other,
    };
}
