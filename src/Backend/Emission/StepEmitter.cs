using System.Globalization;
using Flightc.Isa;
using Flightc.Schedules;
using static Flightc.Backend.Emission.Registers;
using ActivationFunction = Flightc.IR.ActivationFunction;
using ActivationFunctions = Flightc.IR.ActivationFunctions;

namespace Flightc.Backend.Emission;

/// <summary>Turns one step into the instruction of one core.</summary>
/// <remarks>Memory and attention have files of their own.</remarks>
internal sealed partial class StepEmitter(Schedule schedule, AddressMap addresses, Unit matrixUnit, int core)
{
    private const double Log2E = 1.4426950408889634;

    private static readonly Source KvHead = Source.Loop(0);

    private readonly ProductRows _rows = new(schedule, core);
    private readonly Registers _registers = new(schedule);
    private readonly int _channels = schedule.Geometry.Cores[core].Count;
    private readonly int _spread = schedule.SpreadOf(core);
    private readonly int _local = schedule.IsLocal ? 1 : 0;
    private readonly int _headDim = schedule.Cache.HeadDim;
    private readonly int _packed = schedule.Cache.IsPacked ? 1 : 0;
    private readonly int _headPitch = checked((int)addresses.HeadPitch(core));

    /// <summary>The instruction of a step.</summary>
    public Instruction Emit(Step step) => step.Kind switch
    {
        StepKind.LoadIndexed => LoadIndexed(step),
        StepKind.LoadPositions => LoadPositions(step),
        StepKind.LoadVector => LoadVector(step),
        StepKind.LoadCache => LoadCache(step),
        StepKind.LoadMask => LoadMask(step),
        StepKind.Embed => Embed(step),
        StepKind.Measure => Measure(step),
        StepKind.Quantize => Quantize(step),
        StepKind.Gather => Gather(step),
        StepKind.Maximum =>
            new CombineMaxima { Address = At(step, "region"), Count = TokensOf(step) * (int)step.Number("each", 1) },
        StepKind.Sum =>
            new CombineSums { Address = At(step, "region"), Count = TokensOf(step) * (int)step.Number("each", 1) },
        StepKind.Linear => Linear(step),
        StepKind.Heads => Heads(step),
        StepKind.Score => Score(step),
        StepKind.Softmax => Softmax(step),
        StepKind.Value => Value(step),
        StepKind.Output => Output(step),
        StepKind.Activate => Activate(step),
        StepKind.Add => Add(step),
        StepKind.Bias => Bias(step),
        StepKind.Norm => Norm(step),
        StepKind.StoreCache => StoreCache(step),
        StepKind.StoreScale => StoreScale(step),
        StepKind.StoreLogits => StoreLogits(step),
        StepKind.Finish => new EndProgram(),
        StepKind.For or StepKind.End => throw new ArgumentException("a loop is no step of a core"),
    };

    private DequantizeRows Embed(Step step)
    {
        Table table = schedule.TableOf(step.Text("table"));
        return new DequantizeRows
        {
            Source = At(step, "source"),
            Stride = RegionOf(step, "source").Stride,
            Group = table.Format.GroupSize,
            Bits = table.Format.Bits,
            Columns = table.Columns,
            First = FindOver(step)?.First(core) ?? 0,
            Count = FindOver(step)?.Count(core) ?? table.Columns,
            Tokens = Tokens,
            Out = At(step, "out"),
            OutStride = RegionOf(step, "out").Stride,
            Scale = Bits(step.Find("scale") is null ? 1 : Single(step, "scale")),
        };
    }

    private Measure Measure(Step step) => new()
    {
        Source = SourceRows(step),
        Stride = RegionOf(step, "source").Stride,
        Weight = step.Find("weight") is null ? 0 : At(step, "weight"),
        Weighted = step.Find("weight") is null ? 0 : 1,
        Count = CountOf(step),
        Tokens = TokensOf(step),
        Maxima = At(step, "maxima"),
        Squares = step.Find("sums") is null ? 0 : 1,
        Sums = step.Find("sums") is null ? 0 : At(step, "sums") + (4 * (FirstOf(step) / 64)),
        SumStride = step.Find("sums") is null ? 0 : RegionOf(step, "sums").Stride,
    };

    private QuantizeRows Quantize(Step step)
    {
        bool isNorm = step.Find("sums") is not null;
        long total = FindOver(step)?.Total * step.Number("each", 1) ?? step.Number("count");
        return new QuantizeRows
        {
            Source = SourceRows(step),
            Stride = RegionOf(step, "source").Stride,
            Weight = step.Find("weight") is null ? 0 : At(step, "weight"),
            Weighted = step.Find("weight") is null ? 0 : 1,
            Count = CountOf(step),
            Tokens = TokensOf(step),
            Maxima = At(step, "maxima"),
            Norm = isNorm ? 1 : 0,
            Sums = isNorm ? At(step, "sums") : 0,
            SumStride = isNorm ? RegionOf(step, "sums").Stride : 0,
            Segments = isNorm ? (total + 63) / 64 : 0,
            Total = total,
            Epsilon = isNorm ? Bits(Single(step, "epsilon")) : 0,
            Codes = At(step, "codes") + FirstOf(step),
            CodeStride = RegionOf(step, "codes").Stride,
            Scales = At(step, "scales"),
        };
    }

    private Gather Gather(Step step)
    {
        Region region = RegionOf(step, "region");
        long each = step.Number("each", 1);
        long per = step.Number("per", 1);
        long first = Over(step).First(core) * each / per;

        // A core without a slice gives nothing, also where the end of the others' lies within a segment.
        long last = Over(step).Count(core) == 0
            ? first
            : (((Over(step).First(core) + Over(step).Count(core)) * each) + per - 1) / per;
        return new Gather
        {
            Address = region.Address + (first * region.ElementBytes),
            Bytes = Math.Max(0, last - first) * region.ElementBytes,
            Stride = region.Stride,
            Rows = TokensOf(step),
        };
    }

    private MultiplyWeights Linear(Step step)
    {
        Product product = schedule.ProductOf(step.Text("product"));
        return new MultiplyWeights(matrixUnit)
        {
            Codes = At(step, "codes"),
            CodeStride = RegionOf(step, "codes").Stride,
            Scales = At(step, "scales"),
            Tokens = TokensOf(step),
            Columns = product.Columns,
            Rows = (long)schedule.BlocksOf(product, core).Count * Schedule.BlockRows,
            Out = At(step, "out") + (4 * FirstOf(step)),
            OutStride = RegionOf(step, "out").Stride,
            Add = step.Number("add"),
        };
    }

    private ActivateRows Activate(Step step)
    {
        Product product = schedule.ProductOf(step.Text("product"));
        bool stays = step.Text("source") == step.Text("out");
        string function = step.Find("function") ?? ActivationFunctions.NameOf(ActivationFunction.Silu);
        return new ActivateRows
        {
            Source = At(step, "source"),
            Stride = RegionOf(step, "source").Stride,
            Count = schedule.RowsOf(product, product.Parts[0], core).Count,
            Tokens = TokensOf(step),
            Out = At(step, "out") + (4 * (FirstOf(step) + (stays ? 0 : (long)product.FirstBlock * Schedule.BlockRows))),
            OutStride = RegionOf(step, "out").Stride,
            Function = ActivationFunctions.Find(function) is { } known ? (int)known : ActivateRows.Cap,
            Gated = product.Alternate ? 1 : 0,
            Value = step.Find("value") is null ? 0 : Bits(Single(step, "value")),
        };
    }

    private AddRows Add(Step step) => new()
    {
        Source = At(step, "source") + PlaceIn(step, "source"),
        Stride = RegionOf(step, "source").Stride,
        Out = At(step, "out") + PlaceIn(step, "out"),
        OutStride = RegionOf(step, "out").Stride,
        Count = CountOf(step),
        Tokens = Tokens,
    };

    // A piece of a product takes its part of the vector.
    private AddRows Bias(Step step)
    {
        Product product = schedule.ProductOf(step.Text("product"));
        bool isOfAll = product.Alternate;
        int part = (int)step.Number("part");
        long before = (long)product.FirstBlock * Schedule.BlockRows * (isOfAll ? 2 : 1);
        long count = isOfAll ? (long)schedule.BlocksOf(product, core).Count * Schedule.BlockRows : schedule.RowsOf(product, product.Parts[part], core).Count;
        return new AddRows
        {
            Source = At(step, "source") + (count == 0 ? 0 : 4 * before),
            Stride = 0,
            Out = At(step, "out") + (4 * (FirstOf(step) + _rows.PartOffset(product, part))),
            OutStride = RegionOf(step, "out").Stride,
            Count = count,
            Tokens = TokensOf(step),
        };
    }

    private NormalizeRows Norm(Step step)
    {
        PartHeads? heads = step.Find("product") is null ? null : _rows.HeadsOf(step);
        long offset = 4 * (heads?.Offset ?? 0);
        return new NormalizeRows
        {
            Source = SourceRows(step) + offset,
            Stride = RegionOf(step, "source").Stride,
            Out = At(step, "out") + offset,
            OutStride = RegionOf(step, "out").Stride,
            Count = heads is null ? step.Number("count") : _headDim,
            Heads = heads?.Count ?? 1,
            Tokens = TokensOf(step),
            Weight = At(step, "weight"),
            Bias = step.Find("bias") is null ? 0 : At(step, "bias"),
            Biased = step.Find("bias") is null ? 0 : 1,
            Layer = step.Number("mean"),
            Epsilon = Bits(Single(step, "epsilon")),
        };
    }

    private Region RegionOf(Step step, string key) => schedule.RegionOf(step.Text(key));

    /// <summary>A region's address, or that of the current KV head's row.</summary>
    private Operand At(Step step, string key)
    {
        Region region = RegionOf(step, key);
        return region.IsPerHead ? region.Address + PerHead(checked((int)region.Stride)) : region.Address;
    }

    /// <summary>
    /// The rows that a step reads: results of wanted tokens begin at row 0, what they are made of has all
    /// tokens.
    /// </summary>
    private Operand SourceRows(Step step)
    {
        Region region = RegionOf(step, "source");
        return step.Number("wanted") == 1
            ? new Operand(region.Address, new AffineTerm(From, checked((int)region.Stride)))
            : region.Address;
    }

    private static Operand TokensOf(Step step) => step.Number("wanted") != 0 ? Wanted : Tokens;

    private static float Single(Step step, string key) => float.Parse(step.Text(key), CultureInfo.InvariantCulture);

    private static long Bits(float value) => BitConverter.SingleToUInt32Bits(value);

    // Bytes before a core's slice: it stands in its place of whole rows, and at the start of rows that hold slices.
    private long PlaceIn(Step step, string key) => RegionOf(step, key).Slice.Length > 0 ? 0 : 4 * FirstOf(step);

    private Partition Over(Step step) => schedule.PartitionOf(step.Text("over"));

    private Partition? FindOver(Step step) => step.Find("over") is { } name ? schedule.PartitionOf(name) : null;

    private long CountOf(Step step) =>
        FindOver(step)?.Count(core) * step.Number("each", 1) ?? step.Number("count");

    /// <summary>Where the core's part of whole rows begins, in elements; 0 where there is no partition.</summary>
    private long FirstOf(Step step) => FindOver(step)?.First(core) * step.Number("each", 1) ?? 0;
}
