using Flightc.Diagnostics;
using Flightc.Onnx;
using Flightc.Onnx.Checks;
using Flightc.Onnx.Evaluation;
using Flightc.Onnx.Reading;

namespace Flightc.Tests.Onnx.Evaluation;

/// <summary>One of the ONNX project's node tests: a model of a node or few, inputs, and the outputs that its runner wants.</summary>
internal sealed class NodeTest(string folder)
{
    /// <summary>As the project's runner has it.</summary>
    private const double RelativeTolerance = 1e-3;

    private const double AbsoluteTolerance = 1e-7;

    public string Name { get; } = Path.GetFileName(folder);

    /// <summary>All of them in order of name.</summary>
    public static IReadOnlyList<NodeTest> All(string root) =>
        [.. Directory.EnumerateDirectories(root).Order(StringComparer.Ordinal).Select(f => new NodeTest(f))];

    /// <summary>Runs the model on every data set.</summary>
    /// <param name="difference">What is wrong where the outcome is a failure, or the error where it was refused.</param>
    public NodeTestOutcome Run(out string difference)
    {
        try
        {
            using OnnxModel model = OnnxReader.Read(Path.Combine(folder, "model.onnx"));
            DiagnosticBag problems = new();
            ModelCheck.Check(model, problems);
            problems.ThrowIfErrors();
            difference = "";
            foreach (string data in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal))
            {
                Dictionary<string, OnnxTensor> inputs = new(StringComparer.Ordinal);
                for (int i = 0; i < model.Graph.Inputs.Count; i++)
                {
                    inputs[model.Graph.Inputs[i].Name] = Read(data, $"input_{i}.pb");
                }

                IReadOnlyDictionary<string, OnnxTensor> outputs = new Evaluator().Run(model.Graph, inputs);
                for (int i = 0; i < model.Graph.Outputs.Count && difference.Length == 0; i++)
                {
                    string name = model.Graph.Outputs[i].Name;
                    difference = Difference(name, outputs[name], Read(data, $"output_{i}.pb"));
                }

                if (difference.Length == 0)
                {
                    difference = InferredDifference(model.Graph, inputs);
                }
            }

            return difference.Length == 0 ? NodeTestOutcome.Passed : NodeTestOutcome.Failed;
        }
        catch (CompilationException refusal)
        {
            difference = refusal.Message;
            return NodeTestOutcome.Refused;
        }
    }

    /// <summary>The node and its inputs where there is just one, and no inputs otherwise.</summary>
    public (OnnxNode Node, IReadOnlyList<OnnxTensor?> Inputs) SingleCall()
    {
        DiagnosticBag problems = new();
        OnnxModel? model = OnnxReader.Read(File.ReadAllBytes(Path.Combine(folder, "model.onnx")), Name, problems);
        if (model is null || model.Graph.Nodes.Count != 1 || model.Graph.Nodes[0].OpType == "If" || !model.Graph.Inputs.All(i => i.ElementType.IsSupported()))
        {
            return (new OnnxNode("", "", "", 0, [], [], new Dictionary<string, OnnxAttribute>()), []);
        }

        string data = Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal).First();
        Dictionary<string, OnnxTensor> inputs = model.Graph.Inputs.Select((input, i) => (input.Name, Value: Read(data, $"input_{i}.pb")))
            .ToDictionary(p => p.Name, p => p.Value, StringComparer.Ordinal);
        return (model.Graph.Nodes[0], [.. model.Graph.Nodes[0].Inputs.Select(inputs.GetValueOrDefault)]);
    }

    private static OnnxTensor Read(string data, string name) => OnnxReader.ReadTensor(File.ReadAllBytes(Path.Combine(data, name)), name);

    private static string Difference(string name, OnnxTensor found, OnnxTensor wanted)
    {
        OnnxTensorType type = OnnxTensorType.Of(found);
        if (type != OnnxTensorType.Of(wanted))
        {
            return $"{name} is {type}; wanted {OnnxTensorType.Of(wanted)}";
        }

        double[] left = TensorElements.ToDoubles(found);
        double[] right = TensorElements.ToDoubles(wanted);
        for (int i = 0; i < left.Length; i++)
        {
            bool isClose = left[i].Equals(right[i]) || Math.Abs(left[i] - right[i]) <= AbsoluteTolerance + RelativeTolerance * Math.Abs(right[i]);
            if (!isClose)
            {
                return $"{name}[{i}] is {left[i]:R}; wanted {right[i]:R}";
            }
        }

        return "";
    }

    /// <summary>Runs node by node and holds what is inferred, from types and the inputs that are not computed with, against what comes out.</summary>
    private static string InferredDifference(OnnxGraph graph, Dictionary<string, OnnxTensor> inputs)
    {
        Evaluator evaluator = new();
        Dictionary<string, OnnxTensor> values = new(inputs, StringComparer.Ordinal);
        foreach ((string name, OnnxTensor value) in graph.Initializers)
        {
            values[name] = value;
        }

        foreach (OnnxNode node in graph.Nodes)
        {
            if (node.OpType == "If")
            {
                // Its results are not needed: no node test has anything behind it.
                return "";
            }

            OnnxTensor?[] operands = [.. node.Inputs.Select(n => n.Length == 0 ? null : values[n])];
            IReadOnlyList<OnnxTensor?> results = evaluator.RunNode(node, operands);
            IReadOnlyList<OnnxTensorType?> types = evaluator.ShapeOf(
                node, [.. operands.Select(o => o is null ? null : OnnxTensorType.Of(o))],
                [.. operands.Select(o => o is { ElementType: OnnxElementType.Int64 or OnnxElementType.Int32 } || o?.ElementCount == 1 ? o : null)]);
            for (int i = 0; i < results.Count; i++)
            {
                OnnxTensorType? found = results[i] is { } result ? OnnxTensorType.Of(result) : null;
                if (found != types[i])
                {
                    return $"output {i} of {node.OpType} is {found}, but {types[i]} was inferred";
                }

                if (results[i] is { } value)
                {
                    values[node.Outputs[i]] = value;
                }
            }
        }

        return "";
    }
}
