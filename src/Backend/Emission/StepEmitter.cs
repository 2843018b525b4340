using System.Globalization;
using Flightc.Isa;
using Flightc.Schedules;
using static Flightc.Backend.Emission.Registers;
using ActivationFunction = Flightc.IR.ActivationFunction;
using ActivationFunctions = Flightc.IR.ActivationFunctions;

namespace Flightc.Backend.Emission;

/// <summary>Turns one step into the instruction of one core.</summary>
internal sealed class StepEmitter(Schedule schedule, AddressMap addresses, Unit matrixUnit, int core)
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

    private LoadIndexed LoadIndexed(Step step)
    {
        Table table = schedule.TableOf(step.Text("table"));
        long bytes = addresses.RowBytes(table);
        return new LoadIndexed
        {
            Index = addresses.Memory.IdsAddress,
            Address = addresses.AddressOf(table),
            Bytes = bytes,
            Pitch = bytes,
            Rows = Tokens,
            Destination = At(step, "out"),
            Stride = RegionOf(step, "out").Stride,
        };
    }

    private LoadTable LoadPositions(Step step)
    {
        Table table = schedule.TableOf(step.Text("table"));
        int pitch = checked((int)addresses.RowBytes(table));
        return new LoadTable
        {
            Address = new Operand(
                addresses.AddressOf(table) + ((long)table.Offset * pitch) + (4 * (FindOver(step)?.First(core) ?? 0)), new AffineTerm(Past, pitch)),
            Bytes = 4 * (FindOver(step)?.Count(core) ?? table.Columns),
            Pitch = pitch,
            Rows = Tokens,
            Destination = At(step, "out"),
            Stride = RegionOf(step, "out").Stride,
        };
    }

    private LoadTable LoadVector(Step step)
    {
        Table table = schedule.TableOf(step.Text("table"));
        Table? next = step.Find("next") is { } name ? schedule.TableOf(name) : null;
        (long first, long count) = step.Find("product") is { } product && schedule.ProductOf(product) is var rows
            ? schedule.RowsOf(rows, rows.Parts[(int)step.Number("part")], core)
            : (FindOver(step)?.First(core) ?? 0, FindOver(step)?.Count(core) ?? table.Columns);
        if (step.Number("alternate") is > 0 and var place)
        {
            // A last block that is not full takes what lies behind the vector, which nothing uses.
            const int Block = 4 * Schedule.BlockRows;
            return new LoadTable
            {
                Address = addresses.AddressOf(table) + (4 * first),
                Bytes = Block,
                Pitch = Block,
                Rows = (count + Schedule.BlockRows - 1) / Schedule.BlockRows,
                Destination = At(step, "out") + ((place - 1) * Block),
                Stride = 2 * Block,
            };
        }

        return new LoadTable
        {
            Address = addresses.AddressOf(table) + (4 * first),
            Bytes = 4 * count,
            Rows = Step.VectorKeys.Count(key => step.Find(key.Table) is not null),
            Pitch = next is null ? 0 : addresses.AddressOf(next) - addresses.AddressOf(table),
            Destination = At(step, "out"),
            Stride = next is null ? 0 : RegionOf(step, "nextout").Address - RegionOf(step, "out").Address,
        };
    }

    private LoadCache LoadCache(Step step) => new(step.Find("mask") is not null)
    {
        Address = CacheAddress(step) + (IsOfAllHeads(step) ? 0 : PerHead(_headPitch)),
        Bytes = IsKeys(step) ? addresses.KeyRowBytes : addresses.ValueRowBytes,
        Rows = _registers.Rows(_spread),
        Heads = IsOfAllHeads(step) ? schedule.HeadsOf(core).Count : 1,
        HeadPitch = _headPitch,
        Mask = MaskOf(step),
        MaskStride = MaskStrideOf(step),
        MaskPitch = MaskPitchOf(step),
        Group = schedule.Group,
        Past = Past,
        Tokens = Tokens,
        Local = _local,
    };

    // A row of the mask for each block of queries; in it the strings of the core's query heads, one behind the other.
    private LoadTable LoadMask(Step step)
    {
        Table table = schedule.TableOf(step.Text("table"));
        (long firstHead, long heads) = schedule.HeadsOf(core);
        long address = addresses.AddressOf(table) + (step.Number("layer") * table.Rows * table.RowBytes)
            + (firstHead * schedule.Group * table.MaskBytes);
        return new LoadTable
        {
            Address = new Operand(address, new AffineTerm(_registers.FirstBlock, checked((int)table.RowBytes))),
            Bytes = heads * schedule.Group * table.MaskBytes,
            Pitch = table.RowBytes,
            Rows = _registers.Blocks,
            Destination = At(step, "out"),
            Stride = RegionOf(step, "out").Stride,
        };
    }

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

    private QuantizeHeads Heads(Step step)
    {
        PartHeads heads = _rows.HeadsOf(step);
        bool rotates = step.Find("table") is not null;
        return new QuantizeHeads
        {
            Source = At(step, "source") + (4 * heads.Offset),
            Stride = RegionOf(step, "source").Stride,
            Heads = heads.Count,
            HeadDim = _headDim,
            Tokens = Tokens,
            Rotated = rotates ? step.Number("rotated", _headDim) : 0,
            Table = rotates ? At(step, "table") : 0,
            TableStride = rotates ? RegionOf(step, "table").Stride : 0,
            Cache = step.Number("cache"),
            Codes = At(step, "codes") + (heads.Place * _headDim),
            CodeStride = RegionOf(step, "codes").Stride,
            Scales = At(step, "scales") + (4 * heads.Place),
            ScaleStride = RegionOf(step, "scales").Stride,
        };
    }

    private MultiplyKeys Score(Step step)
    {
        Region codes = RegionOf(step, "codes");
        Region scales = RegionOf(step, "scales");
        return new MultiplyKeys(matrixUnit)
        {
            Codes = codes.Address + PerHead(schedule.Group * _headDim),
            CodeStride = codes.Stride,
            Scales = scales.Address + PerHead(4 * schedule.Group),
            Keys = codes.Address + (_rows.QueryHeads * _headDim) + PerHead(_headDim),
            KeyStride = codes.Stride,
            KeyScales = scales.Address + (4 * _rows.QueryHeads) + PerHead(4),
            ValueScales = scales.Address + (4 * _rows.QueryAndKeyHeads) + PerHead(4),
            ScaleStride = scales.Stride,
            Rotation = RotationOf(step),
            Past = Past,
            Tokens = Tokens,
            Group = schedule.Group,
            HeadDim = _headDim,
            Rows = _registers.Rows(_spread),
            Slots = _registers.Slots(_spread),
            // Probabilities are powers of two.
            Factor = Bits((float)(step.Find("factor") is null ? Log2E / Math.Sqrt(_headDim) : Log2E * Single(step, "factor"))),
            Window = step.Number("window"),
            Mask = MaskOf(step),
            MaskStride = MaskStrideOf(step),
            MaskPitch = MaskPitchOf(step),
            Out = At(step, "out"),
            Values = At(step, "values"),
            Maxima = At(step, "maxima"),
            ValueMaxima = At(step, "valuemaxima"),
            Local = _local,
            Packed = _packed,
        };
    }

    private Exponentiate Softmax(Step step) => new()
    {
        Scores = At(step, "source"),
        Values = At(step, "values"),
        Maxima = At(step, "maxima"),
        ValueMaxima = At(step, "valuemaxima"),
        Rows = new Operand(0, new AffineTerm(Tokens, schedule.Group)),
        Width = new Operand(0, new AffineTerm(_registers.Slots(_spread), _channels)),
        Out = At(step, "out"),
        Sums = At(step, "sums"),
        Cap = step.Find("cap") is null ? 0 : Bits((float)(Single(step, "cap") * Log2E)),
    };

    private MultiplyValues Value(Step step) => new(matrixUnit, step.Find("mask") is not null)
    {
        Probabilities = At(step, "source"),
        Codes = RegionOf(step, "codes").Address + (_rows.QueryAndKeyHeads * _headDim) + PerHead(_headDim),
        Stride = RegionOf(step, "codes").Stride,
        Rotation = RotationOf(step),
        Past = Past,
        Tokens = Tokens,
        Group = schedule.Group,
        HeadDim = _headDim,
        Rows = _registers.Rows(_spread),
        Slots = _registers.Slots(_spread),
        Out = At(step, "out"),
        Local = _local,
        Packed = _packed,
        Mask = MaskOf(step),
        MaskStride = MaskStrideOf(step),
        MaskPitch = MaskPitchOf(step),
    };

    private NormalizeHeads Output(Step step)
    {
        // All heads of one token follow one another like query heads that share a KV head.
        bool isOfAll = IsOfAllHeads(step);
        Operand Row(string key) => isOfAll ? RegionOf(step, key).Address : At(step, key);
        Operand first = RegionOf(step, "out").Address + (4 * FirstOf(step) * schedule.Group * _headDim);
        return new NormalizeHeads
        {
            Source = Row("source"),
            Sums = Row("sums"),
            ValueMaxima = Row("valuemaxima"),
            Tokens = Tokens,
            Group = schedule.Group * (isOfAll ? schedule.HeadsOf(core).Count : 1),
            HeadDim = _headDim,
            Out = isOfAll ? first : first + PerHead(4 * schedule.Group * _headDim),
            OutStride = RegionOf(step, "out").Stride,
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

    private StoreCache StoreCache(Step step)
    {
        long head = IsKeys(step) ? _rows.QueryHeads : _rows.QueryAndKeyHeads;
        return new StoreCache
        {
            Source = RegionOf(step, "codes").Address + (head * _headDim),
            Stride = RegionOf(step, "codes").Stride,
            Bytes = addresses.ValueRowBytes,
            Address = CacheAddress(step),
            Pitch = IsKeys(step) ? addresses.KeyRowBytes : addresses.ValueRowBytes,
            Rotation = FirstRotation(step),
            Past = Past,
            Tokens = Tokens,
            Local = _local,
            Heads = schedule.HeadsOf(core).Count,
            HeadStride = _headDim,
            HeadPitch = _headPitch,
            Packed = _packed,
        };
    }

    private StoreCacheScale StoreScale(Step step)
    {
        long head = IsKeys(step) ? _rows.QueryHeads : _rows.QueryAndKeyHeads;

        // Both scales lie behind the key: docs/memory.md §3.
        return new StoreCacheScale
        {
            Source = RegionOf(step, "scales").Address + (4 * head),
            Stride = RegionOf(step, "scales").Stride,
            Address = addresses.KeysAddress((int)step.Number("layer"), core) + addresses.KeyRowBytes
                - MultiplyKeys.ScaleBytes + (IsKeys(step) ? 0 : 2),
            Pitch = addresses.KeyRowBytes,
            Rotation = FirstRotation(step),
            Past = Past,
            Tokens = Tokens,
            Local = _local,
            Heads = schedule.HeadsOf(core).Count,
            HeadStride = 4,
            HeadPitch = _headPitch,
        };
    }

    private StoreRows StoreLogits(Step step)
    {
        Product product = schedule.ProductOf(step.Text("product"));
        (long first, long count) = schedule.RowsOf(product, product.Parts[0], core);
        return new StoreRows
        {
            Source = At(step, "source"),
            Stride = RegionOf(step, "source").Stride,
            Bytes = 4 * count,
            Rows = Wanted,
            Address = addresses.Memory.LogitsAddress + (4 * first),
            Pitch = addresses.Memory.LogitsPitch,
        };
    }

    // The strings of the first query head that the step is for: of the core's, or of the current KV head's.
    private Operand MaskOf(Step step) => step.Find("mask") is null ? 0
        : RegionOf(step, "mask").Address
            + (IsOfAllHeads(step) ? 0 : PerHead(checked((int)(schedule.Group * MaskPitchOf(step)))));

    private long MaskStrideOf(Step step) => step.Find("mask") is null ? 0 : RegionOf(step, "mask").Stride;

    private long MaskPitchOf(Step step) => step.Find("mask") is null ? 0 : schedule.MaskTable!.MaskBytes;

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

    private static Operand PerHead(int bytes) => new(0, new AffineTerm(KvHead, bytes));

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

    private long FirstRotation(Step step) => step.Number("layer") * schedule.HeadsOf(core).Count % _spread;

    private Operand RotationOf(Step step) => new(FirstRotation(step), new AffineTerm(KvHead, 1));

    /// <summary>Address, in each channel, of the rows of the core's first KV head.</summary>
    private Operand CacheAddress(Step step) =>
        addresses.KeysAddress((int)step.Number("layer"), core) + (IsKeys(step) ? 0 : addresses.ValuesOffset(core));

    private static bool IsOfAllHeads(Step step) => step.Number("all") == 1;

    private static bool IsKeys(Step step) => step.Text("part") == "keys";
}
