using Flightc.Onnx;
using Flightc.Onnx.Evaluation;
using Flightc.Onnx.Proto;
using Flightc.Oracle;
using Google.Protobuf;

namespace Flightc.Tests.Evaluation;

/// <summary>One node, executed by the evaluator and by ONNX Runtime.</summary>
/// <param name="opType">The operator.</param>
/// <param name="domain">Its domain.</param>
/// <param name="version">The opset of the standard's domain; those of ONNX Runtime have one version.</param>
internal sealed class NodeComparison(string opType, string domain = OperatorDefinition.Microsoft, int version = 21)
{
    /// <summary>max |a - b| over max |b|: both compute in binary32 or better.</summary>
    private const double Tolerance = 1e-5;

    private readonly List<OnnxTensor?> _inputs = [];
    private readonly Dictionary<string, OnnxAttribute> _attributes = new(StringComparer.Ordinal);

    /// <summary>Adds an input; null for one that is left out.</summary>
    public NodeComparison With(OnnxTensor? input)
    {
        _inputs.Add(input);
        return this;
    }

    /// <summary>Sets an integer attribute.</summary>
    public NodeComparison Int(string name, long value) => With(new IntAttribute(name, value));

    /// <summary>Sets an attribute that is a number.</summary>
    public NodeComparison Float(string name, float value) => With(new FloatAttribute(name, value));

    /// <summary>Sets an attribute that is a text.</summary>
    public NodeComparison Text(string name, string value) => With(new StringAttribute(name, value));

    /// <summary>Sets an attribute of integers.</summary>
    public NodeComparison Ints(string name, params long[] values) => With(new IntsAttribute(name, values));

    /// <summary>Executes both and holds outputs against the oracle's.</summary>
    /// <param name="outputs">Names; empty for one that is not wanted.</param>
    /// <param name="compared">How many of them are held against the oracle's.</param>
    public void Agrees(string[] outputs, int compared = int.MaxValue)
    {
        string[] names = [.. _inputs.Select((input, i) => input is null ? "" : $"in{i}")];
        OnnxNode node = new("node", domain, opType, domain.Length == 0 ? version : 1, names, outputs, _attributes);
        IReadOnlyList<OnnxTensor?> found = new Evaluator().RunNode(node, _inputs);
        (string, OnnxTensor)[] named = [.. _inputs.Select((input, i) => ($"in{i}", input)).Where(p => p.input is not null).Select(p => (p.Item1, p.input!))];
        IReadOnlyDictionary<string, OnnxTensor> wanted = Oracle(Model(node), named);
        for (int i = 0; i < Math.Min(outputs.Length, compared); i++)
        {
            if (outputs[i].Length == 0)
            {
                continue;
            }

            OnnxTensor result = Assert.IsType<OnnxTensor>(found[i]);
            Assert.Equal(OnnxTensorType.Of(wanted[outputs[i]]), OnnxTensorType.Of(result));
            double difference = TestOracle.Difference(TensorElements.ToFloats(result), TensorElements.ToFloats(wanted[outputs[i]]));
            Assert.True(difference <= Tolerance, $"{outputs[i]} of {opType} differs by {difference} of its largest value");
        }
    }

    private NodeComparison With(OnnxAttribute attribute)
    {
        _attributes[attribute.Name] = attribute;
        return this;
    }

    private static IReadOnlyDictionary<string, OnnxTensor> Oracle(byte[] model, (string Name, OnnxTensor Value)[] inputs)
    {
        using IOracleSession session = TestOracle.Instance.Open(model, "node", new OracleOptions(Rewrites: OracleRewrites.None));
        return session.Run(inputs.ToDictionary(i => i.Name, i => i.Value, StringComparer.Ordinal));
    }

    private byte[] Model(OnnxNode node)
    {
        NodeProto proto = new() { Name = node.Name, OpType = node.OpType, Domain = node.Domain };
        proto.Input.Add(node.Inputs);
        proto.Output.Add(node.Outputs);
        proto.Attribute.Add(_attributes.Values.Select(Attribute));
        GraphProto graph = new() { Name = "node" };
        graph.Node.Add(proto);
        for (int i = 0; i < _inputs.Count; i++)
        {
            if (_inputs[i] is { } input)
            {
                graph.Input.Add(Value($"in{i}", input.ElementType, input.Shape));
            }
        }

        graph.Output.Add(node.Outputs.Where(o => o.Length > 0).Select(o => new ValueInfoProto { Name = o }));
        ModelProto model = new() { IrVersion = 10, Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = version });
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = OperatorDefinition.Microsoft, Version = 1 });
        return model.ToByteArray();
    }

    private static AttributeProto Attribute(OnnxAttribute attribute) => attribute switch
    {
        IntAttribute number => new AttributeProto { Name = number.Name, Type = AttributeProto.Types.AttributeType.Int, I = number.Value },
        FloatAttribute number => new AttributeProto { Name = number.Name, Type = AttributeProto.Types.AttributeType.Float, F = number.Value },
        StringAttribute text => new AttributeProto { Name = text.Name, Type = AttributeProto.Types.AttributeType.String, S = ByteString.CopyFromUtf8(text.Value) },
        IntsAttribute numbers => new AttributeProto { Name = numbers.Name, Type = AttributeProto.Types.AttributeType.Ints, Ints = { numbers.Values } },
        _ => throw new ArgumentException(attribute.Name, nameof(attribute)),
    };

    private static ValueInfoProto Value(string name, OnnxElementType type, IReadOnlyList<long> shape)
    {
        TensorShapeProto dims = new();
        dims.Dim.Add(shape.Select(e => new TensorShapeProto.Types.Dimension { DimValue = e }));
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = dims } } };
    }
}
