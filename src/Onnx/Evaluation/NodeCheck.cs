using Flightc.Diagnostics;

namespace Flightc.Onnx.Evaluation;

/// <summary>Holds a node against the definition of its operator.</summary>
/// <remarks>
/// Rules: the operator is known, in its domain and opset; the node has as many inputs and outputs as it may, and those that it must; every attribute is known and of its
/// kind, and the required ones are there; inputs have element types that we hold and the operator allows, and those that the definition calls the same are the same.
/// </remarks>
public static class NodeCheck
{
    /// <summary>Everything that is wrong with a node, without looking at shapes.</summary>
    /// <param name="node">The node.</param>
    /// <param name="inputTypes">Element types of its inputs in order; null or missing for unknown and left-out ones.</param>
    public static IReadOnlyList<Diagnostic> Check(OnnxNode node, IReadOnlyList<OnnxElementType?> inputTypes)
    {
        if (OperatorTable.Find(node.Domain, node.OpType) is not { } definition)
        {
            return [Unknown(node)];
        }

        if (definition.VersionAt(node.Version) == 0)
        {
            return [Error(Codes.OnnxOperatorUnsupported, node,
                $"{definition.DomainName} has {node.OpType} from opset {definition.Versions[0]} on; the model imports opset {node.Version}", "export the model with a newer opset")];
        }

        List<Diagnostic> problems = [];
        problems.AddRange(CheckCounts(node, definition));
        problems.AddRange(CheckAttributes(node, definition));
        problems.AddRange(CheckTypes(node, definition, inputTypes));
        return problems;
    }

    private static Diagnostic Unknown(OnnxNode node)
    {
        string known = OperatorTable.All.FirstOrDefault(d => d.Name == node.OpType) is { } other
            ? $"; the operator of that name in {other.DomainName} is" : "";
        return Error(Codes.OnnxOperatorUnsupported, node,
            $"operator {node.OpType} of {OperatorDefinition.NameOfDomain(node.Domain)} (opset {node.Version}) is not supported{known}",
            UnsupportedAdvice.For(node.OpType));
    }

    private static IEnumerable<Diagnostic> CheckCounts(OnnxNode node, OperatorDefinition definition)
    {
        ParameterDefinition[] inputs = [.. definition.InputsAt(node.Version)];
        bool isVariadic = inputs.Length > 0 && inputs[^1].IsVariadic;
        if (node.Inputs.Count > inputs.Length && !isVariadic)
        {
            yield return Error(Codes.OnnxGraphInvalid, node, $"{node.OpType} has {node.Inputs.Count} inputs; wanted at most {inputs.Length}");
        }

        for (int i = 0; i < inputs.Length; i++)
        {
            if (!inputs[i].IsOptional && (i >= node.Inputs.Count || node.Inputs[i].Length == 0))
            {
                yield return Error(Codes.OnnxGraphInvalid, node, $"{node.OpType} lacks its input '{inputs[i].Name}'");
            }
        }

        if (node.Outputs.Count > definition.Outputs.Count && !definition.Outputs[^1].IsVariadic)
        {
            yield return Error(Codes.OnnxGraphInvalid, node, $"{node.OpType} has {node.Outputs.Count} outputs; wanted at most {definition.Outputs.Count}");
        }
    }

    private static IEnumerable<Diagnostic> CheckAttributes(OnnxNode node, OperatorDefinition definition)
    {
        foreach (OnnxAttribute attribute in node.Attributes.Values.OrderBy(a => a.Name, StringComparer.Ordinal))
        {
            AttributeKind kind = AttributeDefinition.KindOf(attribute);
            if (definition.Attribute(attribute.Name, node.Version) is not { } wanted)
            {
                yield return Error(Codes.OnnxGraphInvalid, node, $"{node.OpType} of opset {node.Version} has no attribute '{attribute.Name}'");
            }
            else if (wanted.Kind != kind && !IsEmptyList(attribute))
            {
                yield return Error(Codes.OnnxGraphInvalid, node, $"attribute '{attribute.Name}' of {node.OpType} is of kind {kind}; wanted {wanted.Kind}");
            }
        }

        foreach (AttributeDefinition attribute in definition.Attributes.Where(a => a.IsRequired && a.Holds(node.Version)))
        {
            if (!node.Attributes.ContainsKey(attribute.Name))
            {
                yield return Error(Codes.OnnxGraphInvalid, node, $"{node.OpType} lacks its attribute '{attribute.Name}' of kind {attribute.Kind}");
            }
        }
    }

    private static IEnumerable<Diagnostic> CheckTypes(OnnxNode node, OperatorDefinition definition, IReadOnlyList<OnnxElementType?> types)
    {
        Dictionary<string, (OnnxElementType Type, string Name)> chosen = [];
        for (int i = 0; i < types.Count && definition.Inputs.Count > 0; i++)
        {
            ParameterDefinition parameter = definition.Inputs[Math.Min(i, definition.Inputs.Count - 1)];
            if (types[i] is not { } type)
            {
                continue;
            }

            if (!type.IsSupported())
            {
                yield return Error(Codes.OnnxTypeUnsupported, node,
                    $"input '{parameter.Name}' of {node.OpType} has the element type {OnnxElementTypes.OnnxName(type)}, which is not supported", "export the model with another element type");
            }
            else if (!definition.Types[parameter.Type].Contains(type))
            {
                yield return Error(Codes.OnnxGraphInvalid, node,
                    $"input '{parameter.Name}' of {node.OpType} has the element type {OnnxElementTypes.OnnxName(type)}; wanted one of {definition.Types[parameter.Type]}");
            }
            else if (!chosen.TryAdd(parameter.Type, (type, parameter.Name)) && chosen[parameter.Type].Type != type)
            {
                (OnnxElementType first, string name) = chosen[parameter.Type];
                yield return Error(Codes.OnnxGraphInvalid, node,
                    $"inputs '{name}' and '{parameter.Name}' of {node.OpType} have the element types {OnnxElementTypes.OnnxName(first)} and {OnnxElementTypes.OnnxName(type)}; wanted the same");
            }
        }
    }

    // Writers differ in the kind they give to a list without elements.
    private static bool IsEmptyList(OnnxAttribute attribute) =>
        attribute is IntsAttribute { Values.Count: 0 } or FloatsAttribute { Values.Count: 0 } or StringsAttribute { Values.Count: 0 };

    private static Diagnostic Error(string code, OnnxNode node, string message, string help = "") => new(code, Severity.Error, message, node.Name, help);
}
