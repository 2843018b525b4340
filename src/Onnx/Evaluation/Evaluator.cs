using Flightc.Diagnostics;

namespace Flightc.Onnx.Evaluation;

/// <summary>Executes ONNX graphs, and single nodes, in plain and bounded steps: the folding of constants and shapes, and small models as a whole.</summary>
/// <remarks>Semantics follow the opset that a node names. Whatever is wrong with a node ends in a <see cref="CompilationException"/> that names it.</remarks>
/// <param name="elementLimit">How many elements a value may have; larger ones are refused before anything is allocated.</param>
public sealed class Evaluator(long elementLimit = Evaluator.DefaultElementLimit)
{
    /// <summary>2^28: a binary32 value then takes a gibibyte.</summary>
    public const long DefaultElementLimit = 1L << 28;

    // Bytes can be counted too: eight for an element, the most there are.
    private const long MostElements = long.MaxValue / 8;

    /// <summary>Branches of <c>If</c> within branches; exporters nest two or three.</summary>
    private const int DeepestBranch = 64;

    /// <summary>Executes a graph.</summary>
    /// <param name="graph">Its nodes stand in an order in which they can be executed.</param>
    /// <param name="inputs">A value for each input by name.</param>
    /// <returns>The values of the graph's outputs by name.</returns>
    public IReadOnlyDictionary<string, OnnxTensor> Run(OnnxGraph graph, IReadOnlyDictionary<string, OnnxTensor> inputs)
    {
        foreach (OnnxValue input in graph.Inputs.Where(i => !inputs.ContainsKey(i.Name)))
        {
            throw new CompilationException(Codes.OnnxGraphInvalid, $"input '{input.Name}' of graph '{graph.Name}' has no value", input.Name);
        }

        return Run(graph, new ValueScope(inputs, graph.Initializers, null));
    }

    /// <summary>Executes a node.</summary>
    /// <param name="node">The node; <c>If</c> only where its branches use no names from outside.</param>
    /// <param name="inputs">Values in the order of its inputs; null for one that is left out.</param>
    /// <returns>Values in the order of its outputs; null for one that nobody wants.</returns>
    public IReadOnlyList<OnnxTensor?> RunNode(OnnxNode node, IReadOnlyList<OnnxTensor?> inputs)
    {
        if (node.Domain.Length == 0 && node.OpType == "If")
        {
            Dictionary<string, OnnxTensor> named = new(StringComparer.Ordinal);
            for (int i = 0; i < Math.Min(node.Inputs.Count, inputs.Count); i++)
            {
                if (inputs[i] is { } input)
                {
                    named[node.Inputs[i]] = input;
                }
            }

            return RunIf(node, new ValueScope(named, named, null));
        }

        (OnnxOperator action, OperatorCall call) = Prepare(node, [.. inputs.Select(i => i is null ? null : OnnxTensorType.Of(i))], inputs);
        OnnxTensorType?[] types = action.Infer(call);
        CheckCountable(call, types);
        if (!action.SharesData)
        {
            IEnumerable<OnnxTensorType?> held = action.ReadsPartly ? types : types.Concat(inputs.Select(i => i is null ? null : OnnxTensorType.Of(i)));
            foreach (OnnxTensorType type in held.OfType<OnnxTensorType>())
            {
                CheckSize(call, type);
            }
        }

        OnnxTensor?[] results = action.Evaluate(call, types);
        return [.. results.Take(node.Outputs.Count).Select((r, i) => call.Wants(i) ? r : null)];
    }

    /// <summary>The types of a node's results.</summary>
    /// <param name="node">Not an <c>If</c>: its condition decides.</param>
    /// <param name="inputTypes">Types in the order of its inputs; null for one that is left out.</param>
    /// <param name="knownInputs">Values in the order of its inputs, null where they are not known: shapes and axes must be.</param>
    /// <returns>Types in the order of its outputs; null for one that nobody wants.</returns>
    /// <exception cref="CompilationException">The node is wrong, or a shape depends on a value that is not known.</exception>
    public IReadOnlyList<OnnxTensorType?> ShapeOf(OnnxNode node, IReadOnlyList<OnnxTensorType?> inputTypes, IReadOnlyList<OnnxTensor?> knownInputs)
    {
        (OnnxOperator action, OperatorCall call) = Prepare(node, inputTypes, knownInputs);
        OnnxTensorType?[] types = action.Infer(call);
        CheckCountable(call, types);
        return [.. types.Take(node.Outputs.Count).Select((t, i) => call.Wants(i) ? t : null)];
    }

    private Dictionary<string, OnnxTensor> Run(OnnxGraph graph, ValueScope scope)
    {
        ValueLifetimes lifetimes = ValueLifetimes.Of(graph);
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            OnnxNode node = graph.Nodes[i];
            IReadOnlyList<OnnxTensor?> results = node.Domain.Length == 0 && node.OpType == "If"
                ? RunIf(node, scope)
                : RunNode(node, [.. node.Inputs.Select(name => name.Length == 0 ? null : scope.Find(name, node.Name))]);
            for (int output = 0; output < results.Count; output++)
            {
                if (results[output] is { } value)
                {
                    scope.Set(node.Outputs[output], value);
                }
            }

            scope.Forget(lifetimes.EndingAt(i));
        }

        Dictionary<string, OnnxTensor> outputs = new(StringComparer.Ordinal);
        foreach (OnnxValue output in graph.Outputs)
        {
            outputs[output.Name] = scope.Find(output.Name, graph.Name);
        }

        return outputs;
    }

    private OnnxTensor?[] RunIf(OnnxNode node, ValueScope scope)
    {
        OnnxTensor condition = node.Inputs.Count == 1 ? scope.Find(node.Inputs[0], node.Name)
            : throw new CompilationException(Codes.OnnxGraphInvalid, $"If has {node.Inputs.Count} inputs; wanted one", node.Name);
        if (condition.ElementType != OnnxElementType.Bool || condition.ElementCount != 1)
        {
            throw new CompilationException(Codes.OnnxGraphInvalid, $"the condition of If is {OnnxTensorType.Of(condition)}; wanted one bool", node.Name);
        }

        if (scope.Depth >= DeepestBranch)
        {
            throw new CompilationException(Codes.OnnxGraphInvalid, $"branches are nested more than {DeepestBranch} deep", node.Name);
        }

        string name = TensorElements.ToBools(condition)[0] ? "then_branch" : "else_branch";
        if (!node.Attributes.TryGetValue(name, out OnnxAttribute? attribute) || attribute is not GraphAttribute branch)
        {
            throw new CompilationException(Codes.OnnxGraphInvalid, $"If lacks its attribute '{name}' of kind {AttributeKind.Graph}", node.Name);
        }

        if (branch.Value.Outputs.Count < node.Outputs.Count)
        {
            throw new CompilationException(
                Codes.OnnxGraphInvalid, $"'{name}' has {branch.Value.Outputs.Count} outputs; wanted {node.Outputs.Count} as the If", node.Name);
        }

        Dictionary<string, OnnxTensor> results = Run(branch.Value, new ValueScope(branch.Value.Initializers, branch.Value.Initializers, scope));
        return [.. node.Outputs.Select((output, i) => output.Length == 0 ? null : results[branch.Value.Outputs[i].Name])];
    }

    private (OnnxOperator Action, OperatorCall Call) Prepare(
        OnnxNode node, IReadOnlyList<OnnxTensorType?> types, IReadOnlyList<OnnxTensor?> values)
    {
        IReadOnlyList<Diagnostic> problems = NodeCheck.Check(node, [.. types.Select(t => t?.ElementType)]);
        if (problems.Count > 0)
        {
            throw new CompilationException(problems);
        }

        if (node.Domain.Length == 0 && node.OpType == "If")
        {
            throw new CompilationException(
                Codes.OnnxOperatorUnsupported, "the types of an If follow from the branch that is taken; its condition is known only when the model runs", node.Name,
                "export the model with static shapes, or with one branch");
        }

        OnnxOperator action = OperatorTable.Get(node.Domain, node.OpType);
        OperatorCall call = new(node, action.Definition, types, values, elementLimit);
        return types.FirstOrDefault(t => t is not null && !Shapes.AreCountable(t.Shape, MostElements)) is { } wrong
            ? throw call.Invalid($"an input has the shape {Shapes.Text(wrong.Shape)}")
            : (action, call);
    }

    private static void CheckCountable(OperatorCall call, OnnxTensorType?[] types)
    {
        foreach (OnnxTensorType? type in types)
        {
            if (type is not null && !Shapes.AreCountable(type.Shape, MostElements))
            {
                throw call.Invalid($"the result would have the shape {Shapes.Text(type.Shape)}");
            }
        }
    }

    private void CheckSize(OperatorCall call, OnnxTensorType type)
    {
        // A shape without elements can still have rows that are longer than an array.
        bool fits = type.ElementCount == 0
            ? Shapes.AreCountable(type.Shape, int.MaxValue)
            : type.ElementCount <= elementLimit && type.ElementType.ByteCount(type.ElementCount) <= Array.MaxLength;
        if (!fits)
        {
            throw call.Invalid($"{type} is more than is evaluated: {elementLimit} elements, {Array.MaxLength} bytes");
        }
    }
}
