using Flightc.Isa;
using Flightc.Schedules;
using static Flightc.Backend.Emission.Registers;

namespace Flightc.Backend.Emission;

/// <content>Loads and stores.</content>
internal sealed partial class StepEmitter
{
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

    private long FirstRotation(Step step) => step.Number("layer") * schedule.HeadsOf(core).Count % _spread;

    private Operand RotationOf(Step step) => new(FirstRotation(step), new AffineTerm(KvHead, 1));

    /// <summary>Address, in each channel, of the rows of the core's first KV head.</summary>
    private Operand CacheAddress(Step step) =>
        addresses.KeysAddress((int)step.Number("layer"), core) + (IsKeys(step) ? 0 : addresses.ValuesOffset(core));

    private static bool IsOfAllHeads(Step step) => step.Number("all") == 1;

    private static bool IsKeys(Step step) => step.Text("part") == "keys";
}
