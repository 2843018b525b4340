namespace Flightc.Onnx.Evaluation;

/// <summary>What an operator takes and gives, as its specification says: data for dispatch, checks and documents.</summary>
/// <param name="Name">As ONNX writes it, such as <c>Softmax</c>.</param>
/// <param name="Versions">Opsets that defined or changed it, ascending; for domains other than the standard's, <c>[1]</c>.</param>
public sealed record OperatorDefinition(string Name, IReadOnlyList<int> Versions)
{
    /// <summary>The domain of the operators that ONNX Runtime adds.</summary>
    public const string Microsoft = "com.microsoft";

    /// <summary>Empty for the standard's own.</summary>
    public string Domain { get; init; } = "";

    /// <summary>Inputs in order.</summary>
    public IReadOnlyList<ParameterDefinition> Inputs { get; init; } = [];

    /// <summary>Outputs in order.</summary>
    public IReadOnlyList<ParameterDefinition> Outputs { get; init; } = [];

    /// <summary>Attributes; a name occurs more than once where opsets differ in it.</summary>
    public IReadOnlyList<AttributeDefinition> Attributes { get; init; } = [];

    /// <summary>What the type names of parameters may be. They are the latest opset's: an older model with a newer type is read as meant.</summary>
    public IReadOnlyDictionary<string, ElementSet> Types { get; init; } = new Dictionary<string, ElementSet>();

    /// <summary>The domain as people write it.</summary>
    public string DomainName => NameOfDomain(Domain);

    /// <summary>The opset whose definition a node of opset <paramref name="version"/> follows; 0 where it did not exist yet.</summary>
    public int VersionAt(int version) => Versions.LastOrDefault(v => v <= version);

    /// <summary>The attribute as that opset has it, or null.</summary>
    public AttributeDefinition? Attribute(string name, int version) => Attributes.FirstOrDefault(a => a.Name == name && a.Holds(version));

    /// <summary>Inputs that opset has.</summary>
    public IEnumerable<ParameterDefinition> InputsAt(int version) => Inputs.Where(p => version >= p.Since);

    /// <summary>The domain as people write it.</summary>
    public static string NameOfDomain(string domain) => domain.Length == 0 ? "ai.onnx" : domain;
}
