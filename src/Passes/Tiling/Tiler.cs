using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Packing;
using Flightc.Schedules;

namespace Flightc.Passes.Tiling;

/// <summary>Maps a quantised Graph onto a machine: Graph → Schedule.</summary>
/// <remarks>
/// Work is divided by output rows only, attention by KV heads or by keys; all leave every result's bits alone
/// (docs/numerics.md §3). The residual stream stays in scratch. What is chosen, and by which rules where nobody
/// chose, is said at <see cref="MappingOptions"/> and <see cref="MappingRules"/>.
/// </remarks>
public static class Tiler
{
    private const int SmallestPage = 64;
    // So many pages at least, so that padding to whole pages costs little and loads can run ahead in small pieces.
    private const int LeastPages = 256;

    /// <summary>The schedule of a graph.</summary>
    /// <param name="graph">Quantised, every weight with its format.</param>
    /// <param name="geometry">The machine; its page size is the largest, a small model gets a smaller one.</param>
    /// <param name="maxTokens">The most tokens that a prefill step may have.</param>
    /// <param name="options">Choices of the mapping; all by the rules where null.</param>
    /// <exception cref="CompilationException">The graph cannot be mapped, or scratch is too small (FLC3001,
    /// FLC3002).</exception>
    public static Schedule Tile(Graph graph, Geometry geometry, int maxTokens, MappingOptions? options = null)
    {
        options ??= new MappingOptions();
        options.Check();
        ModelShape shape = ModelShape.Of(graph);
        AttentionDivision division = MappingRules.Division(shape, geometry, options);
        Partition[] partitions = Divide(graph, shape, geometry, division);
        Table[] tables = Tables(graph, shape);
        MappingPlan plan = MappingRules.Plan(new PlanRequest(
            shape, geometry, graph.ContextLength, maxTokens, division, partitions, tables[0].RowBytes, options));
        Lowering lowering = new(graph, shape, partitions, plan.Mapping);
        List<Phase> phases =
        [
            new Phase("decode", Unit.Vector, lowering.Lower("decode")),
            new Phase("prefill", Unit.Matrix, lowering.Lower("prefill")),
        ];
        Schedule schedule = new(
            graph.Name, geometry with { PageBytes = PageBytes(graph, geometry) }, graph.ContextLength,
            plan.Tokens, (int)shape.Vocabulary, shape.Group, plan.ScoreSlots,
            new CacheShape(shape.Layers, shape.KvHeads, shape.HeadDim) { Bits = shape.CacheBits }, plan.Mapping, partitions, plan.Regions,
            tables, lowering.Products, phases);
        CheckPatterns(schedule);
        return schedule;
    }

    // Cores divide attention by heads, whose rows need not be multiples of 16; all else is divided by blocks of rows.
    private static void CheckPatterns(Schedule schedule)
    {
        foreach (Product product in schedule.Products)
        {
            foreach (ProductPart part in product.Parts)
            {
                if (schedule.CutWithinPattern(product, part) is { } row)
                {
                    throw new CompilationException(
                        Codes.DoesNotFit,
                        $"'{part.Weight}' is wanted as {part.Format}, a pattern of blocks of {Schedule.BlockRows} rows, but heads of {schedule.Cache.HeadDim} rows divide it among cores at row {row}",
                        part.Weight,
                        "give this weight a sparsity without a pattern such as 8:16, or use a target with one core");
                }
            }
        }
    }

    private static Partition[] Divide(
        Graph graph, ModelShape shape, Geometry geometry, AttentionDivision division)
    {
        Partitioner partitioner = new(geometry.Cores);
        HashSet<int> gates = [.. graph.Nodes.Where(n => n.Op is GatedActivation).SelectMany(n => n.Operands).Select(o => o.Index)];
        double hidden = 0, ffn = 0, head = 0;
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            int value = graph.ValueOfNode(i).Index;
            if (graph.Nodes[i].Op is Linear linear)
            {
                double bytes = BlockBytes(graph, graph.Nodes[i]);
                hidden += linear.HasResidual ? bytes : 0;
                ffn += gates.Contains(value) ? bytes : 0;
                head += value == graph.Outputs[0].Index ? bytes : 0;
            }
        }

        // Attention takes as long as the core with the most heads for its channels: where KV heads are divided, that
        // comes first, and the other extents even out the weights.
        (long First, long Count, double BlockBytes)[] heads = [.. HeadRanges(graph, shape)];
        Partition? local = division == AttentionDivision.Heads
            ? partitioner.Divide(Schedule.HeadsPartition, shape.KvHeads, 1, (_, count) => heads.Sum(
                h => Blocks(count * (h.Count / shape.KvHeads) * shape.HeadDim) * h.BlockBytes))
            : null;
        return
        [
            partitioner.Divide("hidden", shape.Hidden, 64, (_, count) => Blocks(count) * hidden),
            local ?? partitioner.Divide(Schedule.HeadsPartition, shape.AllHeads, 1, (first, count) => heads.Sum(
                h => Blocks(Overlap(first, count, h.First, h.Count) * shape.HeadDim) * h.BlockBytes)),
            partitioner.Divide("ffn", shape.Intermediate, Schedule.BlockRows, (_, count) => Blocks(count) * ffn),
            partitioner.Divide(
                "vocabulary", shape.Vocabulary, Schedule.BlockRows, (_, count) => Blocks(count) * head),
        ];
    }

    // The heads that every query, key and value projection makes, and what a block of its rows takes.
    private static IEnumerable<(long First, long Count, double BlockBytes)> HeadRanges(Graph graph, ModelShape shape)
    {
        long[] counts = [shape.Heads, shape.KvHeads, shape.KvHeads];
        foreach (Node attention in graph.Nodes.Where(n => n.Op is Attention))
        {
            long first = 0;
            for (int i = 0; i < counts.Length; i++)
            {
                if (graph.NodeOf(attention.Operands[i]) is not { } made
                    || graph.NodeOf(made.Operands[0]) is not { Op: Linear } projection)
                {
                    throw ModelShape.Unknown($"'{attention.Name}' does not attend to projections");
                }

                yield return (first, counts[i], BlockBytes(graph, projection));
                first += counts[i];
            }
        }
    }

    private static long Overlap(long first, long count, long otherFirst, long otherCount) =>
        Math.Max(0, Math.Min(first + count, otherFirst + otherCount) - Math.Max(first, otherFirst));

    private static long Blocks(long rows) => (rows + Schedule.BlockRows - 1) / Schedule.BlockRows;

    // What 16 rows take in the stream: docs/memory.md §2.
    private static long BlockBytes(Graph graph, Node linear)
    {
        Weight weight = Lowering.MatrixOf(graph, linear);
        return FormatTiles.Rows(weight.Format!.Value, weight.Type.Columns).Bytes;
    }

    private static Table[] Tables(Graph graph, ModelShape shape)
    {
        List<Table> tables = [];
        Node embedding = graph.Nodes.First(n => n.Op is Embedding);
        Weight table = graph.WeightOf(embedding.Operands[1])!;
        tables.Add(
            new Table(
                table.Name, TableKind.Quantized, table.Type.Shape[0].Size, table.Type.Columns,
                table.Format!.Value));
        tables.Add(new Table("rotary", TableKind.Rotary, graph.ContextLength, shape.HeadDim, Theta: shape.Theta));
        tables.AddRange(
            graph.Nodes.Where(n => n.Op is RmsNormQuantize).Select(n => graph.WeightOf(n.Operands[1])!).Distinct()
            .Select(w => new Table(w.Name, TableKind.Vector, 1, w.Type.Columns)));
        if (AttentionMasks.Of(graph) is { } masks)
        {
            long blocks = (graph.ContextLength + LayerMask.BlockTokens - 1L) / LayerMask.BlockTokens;
            tables.Add(new Table(Lowering.MaskTable, TableKind.Mask, blocks, shape.Heads, MaskHash: masks.Hash) { Masks = masks });
        }

        return [.. tables];
    }

    private static int PageBytes(Graph graph, Geometry geometry)
    {
        long bytes = graph.Nodes.Where(n => n.Op is Linear)
            .Sum(n => BlockBytes(graph, n) * Blocks(Lowering.MatrixOf(graph, n).Type.Shape[0].Size)) / geometry.Channels;
        int page = geometry.PageBytes;
        while (page > SmallestPage && page * LeastPages > bytes)
        {
            page /= 2;
        }

        return page;
    }
}
