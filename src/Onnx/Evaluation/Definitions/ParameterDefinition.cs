namespace Flightc.Onnx.Evaluation;

/// <summary>An input or output of an operator.</summary>
/// <param name="Name">As ONNX writes it.</param>
/// <param name="Type">A name of <see cref="OperatorDefinition.Types"/>: parameters with the same name have the same element type.</param>
/// <param name="IsOptional">Whether it may be left out.</param>
/// <param name="IsVariadic">Whether it stands for one or more; only the last can.</param>
/// <param name="Since">The first opset that has it.</param>
public sealed record ParameterDefinition(string Name, string Type, bool IsOptional = false, bool IsVariadic = false, int Since = 0)
{
    /// <summary>One that may be left out.</summary>
    public static ParameterDefinition Optional(string name, string type, int since = 0) => new(name, type, IsOptional: true, Since: since);

    /// <summary>One that stands for one or more.</summary>
    public static ParameterDefinition Variadic(string name, string type) => new(name, type, IsVariadic: true);
}
