using Flightc.Diagnostics;
using Flightc.Onnx.Wire;

namespace Flightc.Onnx.Reading;

/// <summary>Reads a GraphProto and the nodes of functions.</summary>
/// <remarks>A graph within a node is read by recursion, which <see cref="WireReader.MaxDepth"/> bounds.</remarks>
internal sealed class GraphReader
{
    private readonly TensorReader _tensors;
    private readonly AttributeReader _attributes;
    private readonly Problems _problems;

    /// <summary>Reads graphs.</summary>
    /// <param name="tensors">Reads tensors.</param>
    /// <param name="problems">What is wrong and does not stop reading.</param>
    public GraphReader(TensorReader tensors, Problems problems)
    {
        _tensors = tensors;
        _problems = problems;
        _attributes = new AttributeReader(tensors, this);
    }

    /// <summary>Reads one.</summary>
    /// <exception cref="CompilationException">It breaks the format (FLC1501).</exception>
    public RawGraph Read(WireReader reader)
    {
        RawGraph graph = new();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case Fields.Graph.Node:
                    graph.Nodes.Add(ReadNode(reader.Nested("NodeProto")));
                    break;
                case Fields.Graph.Name:
                    graph.Name = reader.Text();
                    break;
                case Fields.Graph.Initializer:
                    graph.Initializers.Add(_tensors.Read(reader.Nested("TensorProto")));
                    break;
                case Fields.Graph.Input:
                    graph.Inputs.Add(ValueReader.Read(reader.Nested("ValueInfoProto")));
                    break;
                case Fields.Graph.Output:
                    graph.Outputs.Add(ValueReader.Read(reader.Nested("ValueInfoProto")));
                    break;
                case Fields.Graph.ValueInfo:
                    graph.Values.Add(ValueReader.Read(reader.Nested("ValueInfoProto")));
                    break;
                case Fields.Graph.SparseInitializer:
                    RefuseSparse(reader.Nested("SparseTensorProto"));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return graph;
    }

    /// <summary>Reads a node.</summary>
    /// <exception cref="CompilationException">It breaks the format (FLC1501).</exception>
    public RawNode ReadNode(WireReader reader)
    {
        RawNode node = new();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case Fields.Node.Input:
                    node.Inputs.Add(reader.Text());
                    break;
                case Fields.Node.Output:
                    node.Outputs.Add(reader.Text());
                    break;
                case Fields.Node.Name:
                    node.Name = reader.Text();
                    break;
                case Fields.Node.OpType:
                    node.OpType = reader.Text();
                    break;
                case Fields.Node.Attribute:
                    node.Attributes.Add(ReadAttribute(reader.Nested("AttributeProto")));
                    break;
                case Fields.Node.Domain:
                    node.Domain = CanonicalDomain(reader.Text());
                    break;
                case Fields.Node.Overload:
                    node.Overload = reader.Text();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return node;
    }

    /// <summary>Reads an attribute.</summary>
    /// <exception cref="CompilationException">It breaks the format (FLC1501).</exception>
    public OnnxAttribute ReadAttribute(WireReader reader) => _attributes.Read(reader);

    /// <summary>The standard's own domain has two names.</summary>
    public static string CanonicalDomain(string domain) => domain == "ai.onnx" ? "" : domain;

    private void RefuseSparse(WireReader reader)
    {
        string name = "";
        while (reader.Next())
        {
            if (reader.Field == Fields.SparseTensor.Values)
            {
                name = _tensors.Read(reader.Nested("TensorProto")).Name;
            }
            else
            {
                reader.Skip();
            }
        }

        _problems.Error(
            Codes.OnnxTypeUnsupported, $"the initializer '{Excerpt.Of(name)}' is a sparse tensor, which is not supported", "save the model again with dense initializers");
    }
}
