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
        DecoderPlan decoder = DecoderPlan.Of(graph);
        ModelShape shape = decoder.Shape;
        AttentionDivision division = MappingRules.Division(shape, geometry, options);
        Partition[] partitions = Divide(decoder, geometry, division);
        Table[] tables = Tables(decoder);
        MappingPlan plan = MappingRules.Plan(new PlanRequest(
            shape, decoder.Vectors, geometry, graph.ContextLength, maxTokens, division, partitions, tables[0].RowBytes, options));
        Lowering lowering = new(decoder, tables, partitions, plan.Mapping);
        List<Phase> phases =
        [
            new Phase("decode", Unit.Vector, lowering.Lower("decode")),
            new Phase("prefill", Unit.Matrix, lowering.Lower("prefill")),
        ];
        Schedule schedule = new(
            graph.Name, geometry with { PageBytes = PageBytes(decoder.Roles, geometry) }, graph.ContextLength,
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

    private static Partition[] Divide(DecoderPlan decoder, Geometry geometry, AttentionDivision division)
    {
        ModelShape shape = decoder.Shape;
        Partitioner partitioner = new(geometry.Cores);
        double hidden = 0, ffn = 0, head = 0;
        foreach (Node linear in decoder.Graph.Nodes.Where(n => n.Op is Linear))
        {
            double bytes = BlockBytes(decoder.Roles, linear);
            LinearRole role = decoder.Roles.RoleOf(linear);
            hidden += role is LinearRole.AttentionOutput or LinearRole.Down ? bytes : 0;
            ffn += role == LinearRole.Gate ? bytes : 0;
            head += role == LinearRole.Head ? bytes : 0;
        }

        // Attention takes as long as the core with the most heads for its channels: where KV heads are divided, that
        // comes first, and the other extents even out the weights.
        (long First, long Count, double BlockBytes)[] heads = [.. HeadRanges(decoder)];
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
    private static IEnumerable<(long First, long Count, double BlockBytes)> HeadRanges(DecoderPlan decoder)
    {
        long[] counts = [decoder.Shape.Heads, decoder.Shape.KvHeads, decoder.Shape.KvHeads];
        foreach (AttentionRole attention in decoder.Roles.Attentions)
        {
            long first = 0;
            for (int i = 0; i < counts.Length; i++)
            {
                yield return (first, counts[i], BlockBytes(decoder.Roles, attention.Heads[i].Projection));
                first += counts[i];
            }
        }
    }

    private static long Overlap(long first, long count, long otherFirst, long otherCount) =>
        Math.Max(0, Math.Min(first + count, otherFirst + otherCount) - Math.Max(first, otherFirst));

    private static long Blocks(long rows) => (rows + Schedule.BlockRows - 1) / Schedule.BlockRows;

    // What 16 rows take in the stream: docs/memory.md §2.
    private static long BlockBytes(GraphRoles roles, Node linear)
    {
        Weight weight = roles.MatrixOf(linear);
        return FormatTiles.Rows(weight.Format!.Value, weight.Type.Columns).Bytes;
    }

    private static Table[] Tables(DecoderPlan decoder)
    {
        Graph graph = decoder.Graph;
        GraphTables wanted = decoder.Tables;
        Weight embedding = wanted.Embedding;
        List<Table> tables =
        [
            new Table(
                embedding.Name, TableKind.Quantized, embedding.Type.Shape[0].Size, embedding.Type.Columns,
                embedding.Format ?? throw GraphRoles.Unknown(graph.Nodes.First(n => n.Op is Embedding), $"'{embedding.Name}' is no quantised weight")),
        ];
        tables.AddRange(wanted.Rotary.Select((angles, i) => new Table(
            Lowering.RotaryTable(i), TableKind.Rotary, graph.ContextLength, angles.Dim, Angles: angles)));
        if (wanted.Positions is { } positions)
        {
            tables.Add(
                new Table(positions.Name, TableKind.Positions, wanted.PositionRows(graph.ContextLength), positions.Type.Columns)
                {
                    Offset = wanted.PositionOffset,
                });
        }

        tables.AddRange(wanted.Vectors.Select(w => new Table(w.Name, TableKind.Vector, 1, w.Type.Columns)));
        if (AttentionMasks.Of(graph) is { } masks)
        {
            long blocks = (graph.ContextLength + LayerMask.BlockTokens - 1L) / LayerMask.BlockTokens;
            tables.Add(new Table(Lowering.MaskTable, TableKind.Mask, blocks, decoder.Shape.Heads, MaskHash: masks.Hash) { Masks = masks });
        }

        return [.. tables];
    }

    private static int PageBytes(GraphRoles roles, Geometry geometry)
    {
        long bytes = roles.Graph.Nodes.Where(n => n.Op is Linear)
            .Sum(n => BlockBytes(roles, n) * Blocks(roles.MatrixOf(n).Type.Shape[0].Size)) / geometry.Channels;
        int page = geometry.PageBytes;
        while (page > SmallestPage && page * LeastPages > bytes)
        {
            page /= 2;
        }

        return page;
    }
}
