using Flightc.IR;
using Flightc.Isa;

namespace Flightc.Schedules;

/// <summary>
/// Rule 14 of <see cref="ScheduleVerifier"/>: what a step reads and writes of its regions, and whether it is
/// there.
/// </summary>
internal sealed class StepExtents(Schedule schedule, Phase phase)
{
    private const int Segment = 64;

    private static readonly IReadOnlyList<(string Table, string Out)> VectorKeys = Step.VectorKeys;

    // A decode step is one token, whose scores always fit.
    private readonly long _tokens = phase.MatrixUnit == Unit.Vector ? 1 : schedule.MaxTokens;
    private readonly long _scores = phase.MatrixUnit == Unit.Vector
        ? schedule.SlotsOfOneRow * schedule.Group
        : schedule.ScoreSlots;
    private readonly long _headDim = schedule.Cache.HeadDim;
    // Query, key and value heads of which a core holds codes.
    private readonly long _allHeads = (schedule.Group + 2L) * schedule.HeadsOfCore;

    /// <summary>What is wrong with a step whose arguments are sound, or null.</summary>
    public string? ErrorOf(Step step)
    {
        if (DisagreementOf(step) is { } disagreement)
        {
            return disagreement;
        }

        foreach (Need need in NeedsOf(step))
        {
            if (step.Find(need.Key) is { } name && ErrorOf(need, schedule.RegionOf(name)) is { } error)
            {
                return error;
            }
        }

        return null;
    }

    private static string? ErrorOf(Need need, Region region)
    {
        if (need.ElementBytes != 0 && need.ElementBytes != region.ElementBytes)
        {
            return $"'{need.Key}' has elements of {need.ElementBytes} bytes, region '{region.Name}' of {region.ElementBytes}";
        }

        if (need.IsPacked)
        {
            long room = (region.IsPerHead ? region.Stride : region.Bytes) / region.ElementBytes;
            return need.Width > room / need.Rows
                ? $"'{need.Key}' takes {need.Rows} times {need.Width} elements; region '{region.Name}' holds {room}"
                : null;
        }

        if (region.IsPerHead)
        {
            return $"'{need.Key}' has rows of tokens; region '{region.Name}' has a row per KV head";
        }

        return need.Width > region.Stride / region.ElementBytes || need.Rows > region.Rows
            ? $"'{need.Key}' takes {need.Rows} {(need.Rows == 1 ? "row" : "rows")} of {need.Width} elements; region '{region.Name}' has {region.Rows} of {region.Stride / region.ElementBytes}"
            : null;
    }

    /// <summary>What does not agree among the tables, partitions and products of a step.</summary>
    private string? DisagreementOf(Step step) => step.Kind switch
    {
        StepKind.LoadIndexed => TableError(step, TableKind.Quantized, null),
        StepKind.LoadPositions => schedule.TableOf(step.Text("table")).Kind == TableKind.Positions
            ? TableError(step, TableKind.Positions, FindOver(step))
            : TableError(step, TableKind.Rotary, null) ?? (step.Find("over") is null ? null : "every core loads whole rows of cosines and sines"),
        StepKind.LoadVector => TableError(step, TableKind.Vector, FindOver(step)) ?? VectorError(step) ?? NextError(step),
        StepKind.LoadMask => TableError(step, TableKind.Mask, null) ?? MaskError(step, "out"),
        StepKind.LoadCache or StepKind.Score or StepKind.Value => MaskError(step, "mask"),
        StepKind.Embed => TableError(step, TableKind.Quantized, FindOver(step)),
        StepKind.Measure => RowError(step),
        StepKind.Linear => LinearError(step),
        StepKind.For => LoopError(step),
        StepKind.Output when step.Number("all") == 1 => AllHeadsError(step),
        StepKind.Quantize => RowError(step) ?? (step.Find("sums") is null != step.Find("epsilon") is null
            ? "'sums' and 'epsilon' belong together: both for RMS normalisation, otherwise none" : null),
        StepKind.Gather =>
            Inner(Over(step)).FirstOrDefault(b => b * step.Number("each", 1) % step.Number("per", 1) != 0, -1) is >= 0 and long bound
            ? $"a core's slice of '{Over(step).Name}' begins at {bound}, inside an element of the region" : null,
        StepKind.Heads => HeadsError(step),
        StepKind.Activate => ActivateError(step),
        StepKind.Add => RowError(step),
        StepKind.Bias => BiasError(step),
        StepKind.Norm => NormError(step),
        StepKind.StoreLogits when Over(step).Total != schedule.VocabularySize
            || ProductOf(step).Parts[0].Partition != Over(step).Name =>
            $"logits of '{ProductOf(step).Parts[0].Partition}' are stored over '{Over(step).Name}' of {Over(step).Total} elements; the vocabulary has {schedule.VocabularySize}",
        _ => null,
    };

    private string? TableError(Step step, TableKind kind, Partition? over)
    {
        Table table = schedule.TableOf(step.Text("table"));
        return table.Kind != kind ? $"table '{table.Name}' is {ScheduleText.NameOf(table.Kind)}; a {ScheduleText.NameOf(kind)} table is wanted"
            : over is not null && table.Columns != over.Total ? $"table '{table.Name}' has {table.Columns} columns, partition '{over.Name}' {over.Total} elements"
            : null;
    }

    // Decode has no masks, and address 0 means none.
    private string? MaskError(Step step, string key) => step.Find(key) is not { } name ? null
        : phase.MatrixUnit == Unit.Vector ? "masks hide keys from the tokens of a prompt, which decode has none of"
        : schedule.RegionOf(name).Address == 0 ? $"region '{name}' lies at address 0, which means that there is no mask"
        : schedule.MaskTable is null ? "there is no table of masks"
        : null;

    // One instruction loads all: rows that lie equally far apart in DDR and in scratch.
    private string? NextError(Step step)
    {
        Table first = schedule.TableOf(step.Text("table"));
        List<Table> tables = [first];
        List<Region> regions = [schedule.RegionOf(step.Text("out"))];
        for (int i = 1; i < VectorKeys.Count; i++)
        {
            (string key, string outKey) = VectorKeys[i];
            if (step.Find(key) is null != step.Find(outKey) is null || (step.Find(key) is not null && tables.Count < i))
            {
                return $"'{key}' and '{outKey}' belong together: one more vector and its place, behind those before";
            }

            if (step.Find(key) is { } name)
            {
                Table table = schedule.TableOf(name);
                if (table.Kind != TableKind.Vector || table.Columns != first.Columns)
                {
                    return $"'{key}' is no vector of {first.Columns} elements";
                }

                tables.Add(table);
                regions.Add(schedule.RegionOf(step.Text(outKey)));
            }
        }

        Table[] vectors = [.. schedule.Tables.Where(t => t.Kind == TableKind.Vector)];
        int[] numbers = [.. tables.Select(t => Array.IndexOf(vectors, t))];
        for (int i = 1; i < tables.Count; i++)
        {
            // Two may lie any distance apart; of more, neighbours are known to lie equally far apart.
            if (numbers[i] <= numbers[0] || (tables.Count > 2 && numbers[i] != numbers[i - 1] + 1))
            {
                return $"table '{tables[i].Name}' does not lie {(tables.Count > 2 ? "right " : "")}behind '{tables[i - 1].Name}'";
            }

            long apart = regions[1].Address - regions[0].Address;
            if (apart < 0 || regions[i].Address - regions[i - 1].Address != apart)
            {
                return $"region '{regions[i].Name}' does not lie {(tables.Count > 2 ? "as far " : "")}behind '{regions[i - 1].Name}'{(tables.Count > 2 ? " as others do" : "")}";
            }
        }

        return null;
    }

    // A slice by rows of a product, or one by a partition; in every other place for a block, or all together.
    private string? VectorError(Step step)
    {
        if (step.Find("part") is null != step.Find("product") is null || (step.Find("product") is not null && step.Find("over") is not null))
        {
            return "'product' and 'part' belong together, and stand in the place of 'over'";
        }

        if (step.Find("product") is not null && PartOf(step) is var part
            && part.Elements * part.RowsPerElement != schedule.TableOf(step.Text("table")).Columns)
        {
            return $"table '{step.Text("table")}' has {schedule.TableOf(step.Text("table")).Columns} columns, '{part.Node}' {part.Elements * part.RowsPerElement} rows";
        }

        return step.Find("alternate") is not null && (step.Find("next") is not null || step.Find("over") is null)
            ? "blocks in every other place are those of one vector and of a partition's slice" : null;
    }

    private string? ActivateError(Step step)
    {
        string function = step.Find("function") ?? ActivationFunctions.NameOf(ActivationFunction.Silu);
        bool isCap = function == StepDefinition.CapFunction;
        return isCap != step.Find("value") is not null ? "'value' belongs to the function cap, and only to it"
            : isCap && ProductOf(step).Alternate ? $"product '{ProductOf(step).Name}' has gate and up, which are not capped"
            : step.Number("wanted") == 1 && step.Text("source") != step.Text("out") ? "what is only made for wanted tokens stays where it is"
            : step.Text("source") == step.Text("out") && (ProductOf(step).Alternate || step.Find("over") is not null)
                ? "gate and up, and what stands in a place of whole rows, cannot stay where they are"
            : null;
    }

    private string? BiasError(Step step) =>
        step.Find("part") is null && !ProductOf(step).Alternate && ProductOf(step).Parts.Count > 1
            ? $"product '{ProductOf(step).Name}' has several parts, which one after another get their biases"
        : step.Find("part") is not null && ProductOf(step).Alternate
            ? $"the blocks of product '{ProductOf(step).Name}' alternate, and all get their biases at once"
        : LinearError(step);

    private string? NormError(Step step) =>
        step.Find("product") is null == step.Find("count") is null || step.Find("product") is null != step.Find("part") is null
            ? "either 'count' says what a row has, or 'product' and 'part' say of which heads"
        : step.Find("product") is not null && (step.Text("source") != step.Text("out") || step.Number("wanted") == 1 || PartOf(step).RowsPerElement % _headDim != 0)
            ? $"heads of {_headDim} elements are normalised where they are, for all tokens"
        : null;

    private string? RowError(Step step)
    {
        if (step.Find("over") is null == step.Find("count") is null)
        {
            return "either 'over' or 'count' says what a row has";
        }

        return step.Find("sums") is null || step.Find("over") is null ? null
            : Inner(Over(step)).FirstOrDefault(b => b * step.Number("each", 1) % Segment != 0, -1) is >= 0 and long bound
                ? $"a core's slice of '{Over(step).Name}' begins at {bound}, inside a segment of {Segment}"
            : null;
    }

    // Rows of blocks that are not full are written too: only the last core may have such.
    private string? LinearError(Step step) => step.Find("over") is null ? null
        : ProductOf(step).Parts is not [{ } part] || part.Partition != Over(step).Name || part.RowsPerElement != 1
            || part.Elements != Over(step).Total
            ? $"results that stand in a place of '{Over(step).Name}' are those of one part, a row for each of its elements"
        : Inner(Over(step)).FirstOrDefault(b => b % Schedule.BlockRows != 0, -1) is >= 0 and long bound
            ? $"a core's slice of '{Over(step).Name}' begins at {bound}, inside a block of {Schedule.BlockRows}"
        : null;

    // Rows of heads follow one another as rows of query heads do, and a field counts these.
    private string? AllHeadsError(Step step) =>
        _tokens > 1 || !schedule.IsLocal || schedule.HeadsOfCore * schedule.Group > byte.MaxValue
            ? $"all heads at once are those of one token, of a core's own heads, and at most {byte.MaxValue} query heads"
        : new (string Key, long Bytes)[]
            {
                ("source", 8 * schedule.Group * _headDim), ("sums", 8L * schedule.Group), ("valuemaxima", 4L * schedule.Group),
            }
            .Select(row => (Region: schedule.RegionOf(step.Text(row.Key)), row.Bytes))
            .FirstOrDefault(row => !row.Region.IsPerHead || row.Region.Stride != row.Bytes) is ({ } region, var bytes)
            ? $"region '{region.Name}' has rows of {region.Stride} bytes; a row of {bytes} per KV head is wanted, for heads that follow one another"
        : null;

    private string? LoopError(Step step) => schedule.IsLocal
        ? step.Find("count") is not null || step.Find("over") != Schedule.HeadsPartition
            ? $"attention is divided by heads, so a loop runs over '{Schedule.HeadsPartition}'" : null
        : step.Find("over") is not null || step.Find("count") is null
            ? "attention is divided by keys, so a loop runs 'count' times on every core" : null;

    private string? HeadsError(Step step)
    {
        int number = (int)step.Number("part");
        ProductPart part = ProductOf(step).Parts[number];
        Partition over = Over(step);
        long rows = schedule.IsLocal && number == 0 ? schedule.Group * _headDim : _headDim;
        return step.Find("rotated") is not null && (step.Find("table") is null || step.Number("rotated") % 2 != 0)
                ? "'rotated' is an even number of elements, that 'table' has cosines and sines for"
            : part.Partition != over.Name || part.RowsPerElement != rows || number > 2
                ? $"part {number} '{part.Node}' has {part.RowsPerElement} rows for an element of '{part.Partition}'; {rows} for an element of '{over.Name}' are wanted, of queries, keys and values"
            : (HeadForm)step.Number("cache") is var form && form != (number == 0 ? HeadForm.Query : HeadForms.OfCache(schedule.Cache.Bits, number == 1))
                ? $"part {number} '{part.Node}' is made with 'cache' {(int)form}; queries are made with 0, keys and values of a cache of {schedule.Cache.Bits} bits with {(schedule.Cache.IsPacked ? "3 and 2" : "1")}"
            : over.Name != Schedule.HeadsPartition ? $"heads are divided by '{over.Name}'; '{Schedule.HeadsPartition}' is wanted"
            : null;
    }

    // A core that begins at the end has no elements.
    private static IEnumerable<long> Inner(Partition partition) => partition.Bounds.Where(b => b != partition.Total);

    private IEnumerable<Need> NeedsOf(Step step)
    {
        Need Rows(string key, int bytes, long width) => new(key, bytes, width, _tokens, false);
        Need Packed(string key, int bytes, long width) => new(key, bytes, width, _tokens, true);
        Need Mask(string key) => new(
            key, 1, schedule.HeadsOfCore * schedule.Group * (schedule.MaskTable?.MaskBytes ?? 0), schedule.MaskRows, false);
        Need Once(string key, int bytes, long width) => new(key, bytes, width, 1, false);
        long heads = _allHeads * _headDim;
        long group = schedule.Group;
        return step.Kind switch
        {
            StepKind.LoadIndexed => [Rows("out", 1, schedule.TableOf(step.Text("table")).RowBytes)],
            StepKind.LoadPositions => [Rows("out", 4, FindOver(step)?.Largest ?? schedule.TableOf(step.Text("table")).Columns)],
            StepKind.LoadVector => [.. VectorKeys.Select(key => Once(key.Out, 4, VectorSlice(step)))],
            StepKind.LoadMask => [Mask("out")],
            StepKind.LoadCache => [Mask("mask")],
            StepKind.Embed =>
                [Rows("source", 1, schedule.TableOf(step.Text("table")).RowBytes), Rows("out", 4, FindOver(step)?.Largest ?? schedule.TableOf(step.Text("table")).Columns)],
            StepKind.Measure =>
            [
                Rows("source", 4, SliceOf(step)), Once("weight", 4, SliceOf(step)), Packed("maxima", 4, 1),
                Rows("sums", 4, Segments(RowOf(step))),
            ],
            StepKind.Quantize =>
            [
                Rows("source", 4, SliceOf(step)), Once("weight", 4, SliceOf(step)), Packed("maxima", 4, 1),
                Rows("sums", 4, Segments(RowOf(step))),
                Rows("codes", 1, RowOf(step)), Packed("scales", 4, 1),
            ],
            StepKind.Gather =>
                [Rows("region", 0, ((Over(step).Total * step.Number("each", 1)) + step.Number("per", 1) - 1) / step.Number("per", 1))],
            StepKind.Maximum => [Packed("region", 4, step.Number("each", 1))],
            StepKind.Sum => [Packed("region", 8, step.Number("each", 1))],
            StepKind.Linear =>
            [
                Rows("codes", 1, ProductOf(step).Columns), Packed("scales", 4, 1),
                Rows("out", 4, FindOver(step) is { } place ? Padded(place.Total) : LargestOf(ProductOf(step), Schedule.BlockRows)),
            ],
            StepKind.Heads =>
            [
                Rows("source", 4, LargestOf(ProductOf(step), Schedule.BlockRows)), Rows("table", 4, step.Number("rotated", _headDim)),
                Rows("codes", 1, heads),
                Rows("scales", 4, _allHeads),
            ],
            StepKind.Score =>
            [
                Rows("codes", 1, heads), Rows("scales", 4, _allHeads), new("out", 4, _scores, 1, true),
                new("values", 4, schedule.SlotsOfOneRow, 1, true), Packed("maxima", 4, group),
                Packed("valuemaxima", 4, group), Mask("mask"),
            ],
            StepKind.Softmax =>
            [
                new("source", 4, _scores, 1, true),
                new("values", 4, schedule.SlotsOfOneRow, 1, true), Packed("maxima", 4, group),
                Packed("valuemaxima", 4, group), new("out", 2, _scores, 1, true),
                Packed("sums", 8, group),
            ],
            StepKind.Value =>
                [new("source", 2, _scores, 1, true), Rows("codes", 1, heads), Packed("out", 8, group * _headDim), Mask("mask")],
            StepKind.Output =>
            [
                Packed("source", 8, group * _headDim), Packed("sums", 8, group), Packed("valuemaxima", 4, group),
                Rows("out", 4, (step.Find("over") is null ? schedule.HeadsOfCore : schedule.Cache.Heads) * group * _headDim),
            ],
            StepKind.Activate =>
            [
                Rows("source", 4, LargestOf(ProductOf(step), Schedule.BlockRows)),
                Rows(
                    "out", 4,
                    FindOver(step)?.Total
                        ?? (step.Text("source") == step.Text("out") ? 0 : (long)ProductOf(step).FirstBlock * Schedule.BlockRows)
                        + (LargestOf(ProductOf(step), 1) / (ProductOf(step).Alternate ? 2 : 1))),
            ],
            StepKind.Add => [Rows("source", 4, RowOf(step, "source")), Rows("out", 4, RowOf(step, "out"))],
            StepKind.Bias =>
            [
                Once("source", 4, ((long)ProductOf(step).FirstBlock * Schedule.BlockRows * (ProductOf(step).Alternate ? 2 : 1)) + BiasedRows(step)),
                Rows("out", 4, FindOver(step) is { } biased ? Padded(biased.Total) : LargestOf(ProductOf(step), Schedule.BlockRows)),
            ],
            StepKind.Norm when step.Find("product") is not null =>
            [
                Rows("source", 4, LargestOf(ProductOf(step), Schedule.BlockRows)), Once("weight", 4, _headDim), Once("bias", 4, _headDim),
                Rows("out", 4, LargestOf(ProductOf(step), Schedule.BlockRows)),
            ],
            StepKind.Norm =>
            [
                Rows("source", 4, step.Number("count")), Once("weight", 4, step.Number("count")), Once("bias", 4, step.Number("count")),
                Rows("out", 4, step.Number("count")),
            ],
            StepKind.StoreCache => [Rows("codes", 1, heads)],
            StepKind.StoreScale => [Rows("scales", 4, _allHeads)],
            StepKind.StoreLogits => [Rows("source", 4, LargestOf(ProductOf(step), 1))],
            StepKind.For or StepKind.End or StepKind.Finish => [],
        };
    }

    private Partition? FindOver(Step step) => step.Find("over") is { } name ? schedule.PartitionOf(name) : null;

    private static long Padded(long rows) => (rows + Schedule.BlockRows - 1) / Schedule.BlockRows * Schedule.BlockRows;

    private Partition Over(Step step) => schedule.PartitionOf(step.Text("over"));

    private Product ProductOf(Step step) => schedule.ProductOf(step.Text("product"));

    private long SliceOf(Step step) => FindOver(step)?.Largest * step.Number("each", 1) ?? step.Number("count");

    private long RowOf(Step step) => FindOver(step)?.Total * step.Number("each", 1) ?? step.Number("count");

    // Slices stand at the start of rows that hold slices, and in their place of whole rows.
    private long RowOf(Step step, string key) => FindOver(step) is not { } over ? step.Number("count")
        : schedule.RegionOf(step.Text(key)).Slice.Length > 0 ? over.Largest : over.Total;

    private ProductPart PartOf(Step step) => ProductOf(step).Parts[(int)step.Number("part")];

    // Elements that a load of a vector takes in scratch, on the core with most.
    private long VectorSlice(Step step)
    {
        long slice = step.Find("product") is not null
            ? Enumerable.Range(0, schedule.Geometry.Cores.Count).Max(core => schedule.RowsOf(ProductOf(step), PartOf(step), core).Count)
            : FindOver(step)?.Largest ?? schedule.TableOf(step.Text("table")).Columns;
        return step.Find("alternate") is null ? slice : 2 * Padded(slice);
    }

    // Rows of a piece that get a bias, on the core with most.
    private long BiasedRows(Step step) => step.Find("part") is null
        ? LargestOf(ProductOf(step), Schedule.BlockRows)
        : Enumerable.Range(0, schedule.Geometry.Cores.Count).Max(core => schedule.RowsOf(ProductOf(step), PartOf(step), core).Count);

    private static long Segments(long elements) => (elements + Segment - 1) / Segment;

    /// <summary>
    /// The most rows of a product that a core has, those of each part rounded up to whole blocks of
    /// <paramref name="block"/>.
    /// </summary>
    private long LargestOf(Product product, long block) => Enumerable.Range(0, schedule.Geometry.Cores.Count)
        .Max(
            core => product.Parts.Sum(part => (schedule.RowsOf(product, part, core).Count + block - 1) / block * block));

    /// <summary>What a step takes of a region.</summary>
    /// <param name="Key">The argument.</param>
    /// <param name="ElementBytes">Bytes of an element; 0 for any.</param>
    /// <param name="Width">Elements of a row.</param>
    /// <param name="Rows">Rows.</param>
    /// <param name="IsPacked">Whether rows follow one another without regard to the stride.</param>
    private readonly record struct Need(string Key, int ElementBytes, long Width, long Rows, bool IsPacked);
}
