using Flightc.Diagnostics;
using Flightc.Onnx.Wire;

namespace Flightc.Onnx.Reading;

/// <summary>Reads a ModelProto.</summary>
/// <param name="graphs">Reads graphs.</param>
/// <param name="problems">What is wrong and does not stop reading.</param>
internal sealed class ModelReader(GraphReader graphs, Problems problems)
{
    /// <summary>Reads the one that a file is.</summary>
    /// <exception cref="CompilationException">It breaks the format (FLC1501).</exception>
    public RawModel Read(WireReader reader)
    {
        RawModel model = new();
        Dictionary<string, int> opsets = new(StringComparer.Ordinal);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case Fields.Model.IrVersion:
                    model.IrVersion = reader.Int64();
                    break;
                case Fields.Model.ProducerName:
                    model.ProducerName = reader.Text();
                    break;
                case Fields.Model.ProducerVersion:
                    model.ProducerVersion = reader.Text();
                    break;
                case Fields.Model.Graph when model.Graph is not null:
                    throw reader.Invalid("the model has two graphs");
                case Fields.Model.Graph:
                    model.Graph = graphs.Read(reader.Nested("GraphProto"));
                    break;
                case Fields.Model.OpsetImport:
                    ReadOpset(reader.Nested("OperatorSetIdProto"), opsets);
                    break;
                case Fields.Model.MetadataProps:
                    (string key, string value) = TensorReader.ReadPair(reader.Nested("StringStringEntryProto"));
                    model.Metadata[key] = value;
                    break;
                case Fields.Model.Functions:
                    model.Functions.Add(ReadFunction(reader.Nested("FunctionProto")));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        model.Opsets = opsets;
        return model;
    }

    private RawFunction ReadFunction(WireReader reader)
    {
        RawFunction function = new();
        Dictionary<string, int> opsets = new(StringComparer.Ordinal);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case Fields.Function.Name:
                    function.Name = reader.Text();
                    break;
                case Fields.Function.Input:
                    function.Inputs.Add(reader.Text());
                    break;
                case Fields.Function.Output:
                    function.Outputs.Add(reader.Text());
                    break;
                case Fields.Function.Node:
                    function.Nodes.Add(graphs.ReadNode(reader.Nested("NodeProto")));
                    break;
                case Fields.Function.OpsetImport:
                    ReadOpset(reader.Nested("OperatorSetIdProto"), opsets);
                    break;
                case Fields.Function.Domain:
                    function.Domain = GraphReader.CanonicalDomain(reader.Text());
                    break;
                case Fields.Function.AttributeProto:
                    function.Defaults.Add(graphs.ReadAttribute(reader.Nested("AttributeProto")));
                    break;
                case Fields.Function.Overload:
                    function.Overload = reader.Text();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        function.Opsets = opsets;
        return function;
    }

    private void ReadOpset(WireReader reader, Dictionary<string, int> opsets)
    {
        string domain = "";
        long version = 0;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case Fields.Opset.Domain:
                    domain = GraphReader.CanonicalDomain(reader.Text());
                    break;
                case Fields.Opset.Version:
                    version = reader.Int64();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (!opsets.TryAdd(domain, (int)Math.Clamp(version, 0, int.MaxValue)) && opsets[domain] != version)
        {
            problems.Error(
                Codes.OnnxGraphInvalid, $"the domain '{Excerpt.Of(domain)}' is imported in the versions {opsets[domain]} and {version}; one of them is wanted");
        }
    }
}
