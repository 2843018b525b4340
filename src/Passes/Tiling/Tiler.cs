using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Packing;
using Flightc.Schedules;

namespace Flightc.Passes.Tiling;

/// <summary>Maps a quantised Graph onto a machine: Graph → Schedule.</summary>
/// <remarks>
/// Work is divided by output rows only, attention by keys; both leave every result's bits alone (docs/numerics.md §3). The residual stream
/// stays in scratch, a slice per core; INT8 vectors are gathered to all cores.
/// </remarks>
public static class Tiler
{
    // A prefill chunk should at least reach this length with all its tokens; beyond it the runtime shortens chunks as scores need room.
    private const int ComfortableLength = 2048;

    private const int SmallestPage = 64;
    // So many pages at least, so that padding to whole pages costs little and loads can run ahead in small pieces.
    private const int LeastPages = 256;

    /// <summary>The schedule of a graph.</summary>
    /// <param name="graph">Quantised, every weight with its format.</param>
    /// <param name="geometry">The machine; its page size is the largest, a small model gets a smaller one.</param>
    /// <param name="maxTokens">The most tokens that a prefill step may have.</param>
    /// <exception cref="CompilationException">The graph cannot be mapped, or scratch is too small (FLC3001, FLC3002).</exception>
    public static Schedule Tile(Graph graph, Geometry geometry, int maxTokens)
    {
        ModelShape shape = ModelShape.Of(graph);
        Partition[] partitions = Divide(graph, shape, geometry);
        Table[] tables = Tables(graph, shape);
        ScratchPlan plan = Plan(shape, geometry, graph.ContextLength, maxTokens, partitions, tables, out int tokens);
        Lowering lowering = new(graph, shape, partitions);
        List<Phase> phases =
        [
            new Phase("decode", Unit.Vector, lowering.Lower()),
            new Phase("prefill", Unit.Matrix, lowering.Lower()),
        ];
        return new Schedule(
            graph.Name, geometry with { PageBytes = PageBytes(graph, geometry) }, graph.ContextLength, tokens, (int)shape.Vocabulary,
            shape.Heads / shape.KvHeads, plan.ScoreSlots, new CacheShape(shape.Layers, shape.KvHeads, shape.HeadDim), partitions, plan.Regions,
            tables, lowering.Products, phases);
    }

    private static Partition[] Divide(Graph graph, ModelShape shape, Geometry geometry)
    {
        Partitioner partitioner = new(geometry.Cores);
        double Bytes(Func<Node, bool> isMeant, double rows) => graph.Nodes.Where(n => n.Op is Linear && isMeant(n))
            .Sum(n => RowWeightBytes(graph, n) * rows);
        HashSet<int> gates = [.. graph.Nodes.Where(n => n.Op is SwiGlu).SelectMany(n => n.Operands).Select(o => o.Index)];
        bool IsGate(Node n) => gates.Contains(IndexOf(graph, n));
        bool IsHead(Node n) => IndexOf(graph, n) == graph.Outputs[0].Index;
        bool IsResidual(Node n) => ((Linear)n.Op).HasResidual;
        double perHead = Bytes(n => !IsResidual(n) && !IsGate(n) && !IsHead(n), shape.HeadDim) / 3;
        return
        [
            partitioner.Divide("hidden", shape.Hidden, 64, Bytes(IsResidual, 64)),
            partitioner.Divide("heads", shape.AllHeads, 1, perHead),
            partitioner.Divide("ffn", shape.Intermediate, Schedule.BlockRows, Bytes(IsGate, Schedule.BlockRows)),
            partitioner.Divide("vocabulary", shape.Vocabulary, Schedule.BlockRows, Bytes(IsHead, Schedule.BlockRows)),
        ];
    }

    private static int IndexOf(Graph graph, Node node)
    {
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            if (ReferenceEquals(graph.Nodes[i], node))
            {
                return graph.ValueOfNode(i).Index;
            }
        }

        throw new ArgumentException("not a node of the graph");
    }

    // What a row takes in the stream when it is one of 16: docs/memory.md §2.
    private static double RowWeightBytes(Graph graph, Node linear)
    {
        Weight weight = Lowering.MatrixOf(graph, linear);
        QuantizedFormat format = weight.Format!.Value;
        long blocks = (weight.Type.Columns + Schedule.BlockRows - 1) / Schedule.BlockRows;
        long bytes = TileHeader.ScalesTileBytes + (format.GroupsIn(weight.Type.Columns) * (long)TileHeader.BlocksAt) + (blocks * 32 * format.Bits);
        return (double)bytes / Schedule.BlockRows;
    }

    private static Table[] Tables(Graph graph, ModelShape shape)
    {
        List<Table> tables = [];
        Node embedding = graph.Nodes.First(n => n.Op is Embedding);
        Weight table = graph.WeightOf(embedding.Operands[1])!;
        tables.Add(new Table(table.Name, TableKind.Quantized, table.Type.Shape[0].Size, table.Type.Columns, table.Format!.Value));
        tables.Add(new Table("rotary", TableKind.Rotary, graph.ContextLength, shape.HeadDim, Theta: shape.Theta));
        tables.AddRange(graph.Nodes.Where(n => n.Op is RmsNormQuantize).Select(n => graph.WeightOf(n.Operands[1])!).Distinct()
            .Select(w => new Table(w.Name, TableKind.Vector, 1, w.Type.Columns)));
        return [.. tables];
    }

    private static ScratchPlan Plan(
        ModelShape shape, Geometry geometry, int contextLength, int maxTokens, Partition[] partitions, Table[] tables, out int tokens)
    {
        long rowBytes = tables[0].RowBytes;
        ScratchPlan? plan = null;
        for (tokens = maxTokens; tokens >= 1; tokens = tokens == 1 ? 0 : tokens / 2)
        {
            plan = new ScratchPlan(shape, geometry, contextLength, tokens, partitions);
            plan.Lay(rowBytes);
            long wanted = Math.Max(plan.LeastScoreSlots, plan.SlotsAt(Math.Min(contextLength, ComfortableLength), tokens));
            if (plan.Used <= geometry.ScratchBytes && plan.ScoreSlots >= (tokens == 1 ? plan.LeastScoreSlots : wanted))
            {
                return plan;
            }
        }

        throw new CompilationException(
            Codes.DoesNotFit,
            $"scratch of target '{geometry.Target}' holds {geometry.ScratchBytes} bytes per core, and one token at length {contextLength} needs {plan!.Least}",
            help: "use a target with more scratch, or a smaller --max-length");
    }

    private static int PageBytes(Graph graph, Geometry geometry)
    {
        double bytes = graph.Nodes.Where(n => n.Op is Linear)
            .Sum(n => RowWeightBytes(graph, n) * Lowering.MatrixOf(graph, n).Type.Shape[0].Size) / geometry.Channels;
        int page = geometry.PageBytes;
        while (page > SmallestPage && page * LeastPages > bytes)
        {
            page /= 2;
        }

        return page;
    }
}
