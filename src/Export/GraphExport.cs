using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Onnx;

namespace Flightc.Export;

/// <summary>Any Graph as standard ONNX: docs/export.md.</summary>
/// <remarks>
/// Values are called as in the Graph, and what is made on the way to one as it with a stroke and a part behind it. Activations are [tokens, n] with all tokens of
/// all sequences one behind the other; weights keep the names, the shapes and the element types that they have in the Graph.
/// </remarks>
public static class GraphExport
{
    /// <summary>The result, f32[batch, sequence_length, vocabulary].</summary>
    public const string Logits = "logits";

    /// <summary>Builds the ONNX model. No weight is read: its constants read when they are written.</summary>
    /// <param name="graph">Valid; float, or quantised throughout.</param>
    /// <param name="weights">The floats behind it.</param>
    /// <param name="quantized">The codes behind it; null for a float Graph.</param>
    /// <param name="options">How the file is to be.</param>
    /// <exception cref="CompilationException">The opset is not one that can be written (FLC9001); the Graph has attention masks, which ONNX cannot tell prompts
    /// from generated tokens for (FLC1103).</exception>
    public static OnnxModel Build(Graph graph, IWeights weights, IQuantizedWeights? quantized, ExportOptions options)
    {
        Require(graph, options);
        ExportContext context = new(graph, weights, quantized, options);
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            context.Define(graph.ValueOfNode(i), Write(context, graph.Nodes[i]));
        }

        string rows = context.Value(graph.Outputs[0]).Name;
        long columns = graph.TypeOf(graph.Outputs[0]).Columns;
        string logits = context.Nodes.Add("Reshape", Logits, [rows, context.Sequence.ByToken(columns)]);
        OnnxValue[] outputs = [new(logits, OnnxElementType.Float, [Dims.Batch, Dims.Sequence, Dims.Of(columns)]), .. context.Outputs];
        OnnxGraph onnx = new(graph.Name, context.Inputs, outputs, context.Nodes.Constants, context.Nodes.Nodes, new Dictionary<string, OnnxValue>());
        return new OnnxModel(
            "", onnx, options.IrVersion, new Dictionary<string, int> { [""] = options.Opset }, $"flightc {ToolVersion.Current}",
            new Dictionary<string, string>(), []);
    }

    private static ExportedValue Write(ExportContext context, Node node) => node.Op.Kind switch
    {
        OpKind.Embedding => context.Weight(node, 1).Format is not null ? QuantizedEmbeddingExport.Write(context, node) : EmbeddingExport.Write(context, node),
        OpKind.AddPositions => AddPositionsExport.Write(context, node),
        OpKind.RmsNorm => context.IsQuantized ? QuantizedNormExport.Write(context, node) : RmsNormExport.Write(context, node),
        OpKind.LayerNorm => context.IsQuantized ? QuantizedNormExport.Write(context, node) : LayerNormExport.Write(context, node),
        OpKind.Linear => LinearExport.Write(context, node),
        OpKind.RotaryEmbedding => RotaryEmbeddingExport.Write(context, node),
        OpKind.Attention => AttentionExport.Write(context, node),
        OpKind.Activation => ActivationExport.Write(context, node),
        OpKind.GatedActivation => GatedActivationExport.Write(context, node),
        OpKind.SoftCap => SoftCapExport.Write(context, node),
        OpKind.Mul => ElementwiseExport.Write(context, node, "Mul"),
        OpKind.Add => ElementwiseExport.Write(context, node, "Add"),
        OpKind.Quantize => QuantizeExport.Write(context, node),
        OpKind.RmsNormQuantize => RmsNormQuantizeExport.Write(context, node),
        OpKind.RotaryQuantize => QuantizeHeadsExport.WriteTurned(context, node),
        OpKind.QuantizeHeads => QuantizeHeadsExport.Write(context, node),
    };

    private static void Require(Graph graph, ExportOptions options)
    {
        if (options.Opset is < ExportOptions.LeastOpset or > ExportOptions.MostOpset)
        {
            throw new CompilationException(
                Codes.Usage, $"opset {options.Opset} cannot be written; {ExportOptions.LeastOpset} to {ExportOptions.MostOpset} can", "",
                "leave --opset out, or give one within that range");
        }

        if (graph.Nodes.FirstOrDefault(n => n.Op is Attention { Mask: not null }) is { } masked)
        {
            throw new CompilationException(
                Codes.FeatureUnsupported, "attention masks apply to the tokens of a prompt alone, and ONNX cannot tell which these are", masked.Name,
                "export with a recipe without 'attention'");
        }
    }
}
