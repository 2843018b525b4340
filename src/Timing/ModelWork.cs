using Flightc.IR;
using Flightc.Packing;

namespace Flightc.Timing;

/// <summary>What one token makes a machine do, whatever the machine: sizes of a model, and bytes and
/// multiply-accumulates of its weights.</summary>
/// <param name="Layers">Layers.</param>
/// <param name="Hidden">Elements of the residual stream.</param>
/// <param name="Intermediate">Elements of the feed-forward hidden layer.</param>
/// <param name="Vocabulary">Logits.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="KvHeads">Key and value heads.</param>
/// <param name="HeadDim">Elements of a head.</param>
/// <param name="Projections">Query, key and value projections of all layers.</param>
/// <param name="Output">Projections behind attention, of all layers.</param>
/// <param name="GateUp">Gate and up projections of all layers, or up alone where there is no gate.</param>
/// <param name="Down">Down projections of all layers.</param>
/// <param name="Head">The projection to logits.</param>
public sealed record ModelWork(
    int Layers, long Hidden, long Intermediate, long Vocabulary, int Heads, int KvHeads, int HeadDim,
    ChannelWork Projections, ChannelWork Output, ChannelWork GateUp, ChannelWork Down, ChannelWork Head)
{
    /// <summary>All weights.</summary>
    public ChannelWork Total => Projections + Output + GateUp + Down + Head;

    /// <summary>Bytes of keys and values, scales included, of one token in all layers: docs/memory.md §3.</summary>
    public long CacheBytesPerToken => (long)Layers * KvHeads
        * (Isa.MultiplyKeys.RowBytes(HeadDim, CacheBits == 4) + Isa.MultiplyValues.RowBytes(HeadDim, CacheBits == 4));

    /// <summary>Width of the KV cache's codes: 8 or 4.</summary>
    public int CacheBits { get; init; } = 8;

    /// <summary>Reads all off a Graph behind its passes.</summary>
    /// <param name="graph">Quantised, every weight with its format; of a decoder with like layers.</param>
    /// <exception cref="ArgumentException">It is no such graph.</exception>
    public static ModelWork Of(Graph graph)
    {
        Attention[] attentions = [.. graph.Nodes.Select(n => n.Op).OfType<Attention>()];
        Node? activation = graph.Nodes.FirstOrDefault(n => n.Op is Activation or GatedActivation);
        if (attentions.Length == 0 || activation is null || graph.Outputs.Count != 1)
        {
            throw new ArgumentException("the graph is no quantised decoder with attention and a feed-forward layer", nameof(graph));
        }

        HashSet<int> gates = [.. graph.Nodes.Where(n => n.Op is Activation or GatedActivation).SelectMany(n => n.Operands).Select(o => o.Index)];

        // Logits may be capped.
        int logits = graph.NodeOf(graph.Outputs[0]) is { Op: SoftCap } cap ? cap.Operands[0].Index : graph.Outputs[0].Index;
        ChannelWork projections = default, output = default, gateUp = default, down = default, head = default;
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            Node node = graph.Nodes[i];
            if (node.Op is not Linear)
            {
                continue;
            }

            ChannelWork work = Of(graph.WeightOf(node.Operands[1])!);
            int value = graph.ValueOfNode(i).Index;
            if (value == logits)
            {
                head += work;
            }
            else if (gates.Contains(value))
            {
                gateUp += work;
            }
            else if (MadeOf(graph, node) is Activation or GatedActivation)
            {
                down += work;
            }
            else if (MadeOf(graph, node) is Attention)
            {
                output += work;
            }
            else
            {
                projections += work;
            }
        }

        Attention attention = attentions[0];
        return new ModelWork(
            attentions.Length, graph.Nodes.First(n => n.Op is Embedding).Type.Columns, activation.Type.Columns,
            graph.TypeOf(graph.Outputs[0]).Columns, attention.Heads, attention.KvHeads, attention.HeadDim, projections,
            output, gateUp, down, head)
        {
            CacheBits = graph.Nodes.Any(n => n.Type.Element == ElementType.I4K) ? 4 : 8,
        };
    }

    // What the codes that a product multiplies are made of.
    private static Op? MadeOf(Graph graph, Node linear) =>
        graph.NodeOf(linear.Operands[0]) is { Op: Quantize } codes ? graph.NodeOf(codes.Operands[0])?.Op : null;

    private static ChannelWork Of(Weight weight) =>
        FormatTiles.Rows(weight.Format!.Value, weight.Type.Columns) * Blocks(weight.Type.Shape[0].Size);

    private static long Blocks(long elements) => (elements + BlockForm.Side - 1) / BlockForm.Side;
}
