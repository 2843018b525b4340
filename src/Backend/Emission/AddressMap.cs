using Flightc.Backend.Packing;
using Flightc.Isa;
using Flightc.Packing;
using Flightc.Schedules;

namespace Flightc.Backend.Emission;

/// <summary>
/// Where everything outside the cores lies: docs/memory.md §2 to §4. Follows from the schedule alone, never
/// from data.
/// </summary>
public sealed class AddressMap
{
    private readonly Schedule _schedule;

    private AddressMap(Schedule schedule, IReadOnlyList<StreamLayout> streams, MemoryMap memory, TableLayout tables) =>
        (_schedule, Streams, Memory, Tables) = (schedule, streams, memory, tables);

    /// <summary>The weight streams of each core.</summary>
    public IReadOnlyList<StreamLayout> Streams { get; }

    /// <summary>The tables in DDR.</summary>
    public TableLayout Tables { get; }

    /// <summary>What the runtime has to know.</summary>
    public MemoryMap Memory { get; }

    /// <summary>Plans all addresses.</summary>
    public static AddressMap Of(Schedule schedule)
    {
        Geometry geometry = schedule.Geometry;
        StreamLayout[] streams =
        [
            .. geometry.Cores.Select(
                (range, core) => StreamLayout.Of(ProductsOf(schedule, core), range.Count, geometry.PageBytes)),
        ];
        long weightBytes = streams.Max(s => s.Bytes);
        long cacheAddress = Align(weightBytes);
        long cacheBytes = Enumerable.Range(0, geometry.Cores.Count).Max(
            core => schedule.Cache.Layers * schedule.HeadsOf(core).Count * HeadBytes(schedule, core));

        TableLayout tables = new(new TableShape
        {
            VocabularySize = schedule.VocabularySize,
            HiddenSize = checked((int)Only(schedule, TableKind.Quantized).Columns),
            EmbeddingFormat = Only(schedule, TableKind.Quantized).Format,
            Positions = schedule.ContextLength,
            RotaryWidths = [.. schedule.Tables.Where(t => t.Kind == TableKind.Rotary).Select(t => checked((int)t.Columns))],
            LearnedPositions = checked((int)(schedule.Tables.FirstOrDefault(t => t.Kind == TableKind.Positions)?.Rows ?? 0)),
            Vectors = [.. schedule.Tables.Where(t => t.Kind == TableKind.Vector).Select(t => new TableVector(t.Name, checked((int)t.Columns)))],
            MaskBytes = schedule.MaskTable is { } masks ? schedule.Cache.Layers * masks.Rows * masks.RowBytes : 0,
            MaxTokens = schedule.MaxTokens,
        });
        MemoryMap memory = new(
            tables.IdsAddress, tables.LogitsAddress, tables.LogitsPitch, schedule.VocabularySize,
            schedule.ContextLength, schedule.MaxTokens,
            weightBytes, cacheAddress, cacheBytes, tables.TableBytes, schedule.ScoreSlots, schedule.Group,
            schedule.IsLocal);
        return new AddressMap(schedule, streams, memory, tables);
    }

    /// <summary>The products that a core consumes, in order.</summary>
    public static IReadOnlyList<WeightProduct> ProductsOf(Schedule schedule, int core) =>
    [
        .. schedule.Products.Select(product => new WeightProduct(
            product.Name,
            [.. schedule.BlocksOf(product, core).Select(b => new RowBlock(b.Weight, b.FirstRow, b.RowCount, b.Format))],
            checked((int)product.Columns))),
    ];

    /// <summary>DDR address of a table.</summary>
    public long AddressOf(Table table) => table.Kind switch
    {
        TableKind.Quantized => TableLayout.EmbeddingAddress,
        TableKind.Rotary => Tables.RotaryAddress(NumberOf(table)),
        TableKind.Positions => Tables.LearnedAddress,
        TableKind.Vector => Tables.VectorAddress(NumberOf(table)),
        TableKind.Mask => Tables.MaskAddress,
    };

    /// <summary>Bytes of a table's row.</summary>
    public long RowBytes(Table table) => table.Kind switch
    {
        TableKind.Quantized => Tables.EmbeddingPitch,
        TableKind.Rotary or TableKind.Positions or TableKind.Vector or TableKind.Mask => table.RowBytes,
    };

    /// <summary>Address, in a core's channels, of the keys of a layer's first KV head that lies there.</summary>
    public long KeysAddress(int layer, int core) =>
        Memory.CacheAddress + (layer * _schedule.HeadsOf(core).Count * HeadBytes(_schedule, core));

    /// <summary>Bytes from a KV head's keys to its values, in a core's channels.</summary>
    public long ValuesOffset(int core) => Align(RowsPerChannel(_schedule, core) * KeyRowBytes);

    /// <summary>Bytes from one KV head's keys to the next one's, in a core's channels.</summary>
    public long HeadPitch(int core) => HeadBytes(_schedule, core);

    /// <summary>Bytes of a key with its scales.</summary>
    public int KeyRowBytes => _schedule.Cache.KeyRowBytes;

    /// <summary>Bytes of a value.</summary>
    public int ValueRowBytes => _schedule.Cache.ValueRowBytes;

    /// <summary>Bytes of HBM used in the fullest channel.</summary>
    public long ChannelBytesUsed => Memory.CacheAddress + Memory.CacheBytes;

    /// <summary>Bytes of DDR used.</summary>
    public long DdrBytesUsed => Tables.TotalBytes;

    /// <summary>
    /// Bytes that each product pops off each channel's weight ring: by core, by product of which the core has
    /// rows, by channel of the core. What <see cref="ProgramVerifier"/> takes.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<IReadOnlyList<long>>> PoppedWeightBytes =>
    [
        .. Streams.Select(stream => (IReadOnlyList<IReadOnlyList<long>>)
        [
            .. Enumerable.Range(0, stream.Products).Select(p => PoppedBytes(stream, p)).Where(
                bytes => bytes.Any(b => b > 0)),
        ]),
    ];

    /// <summary>The attention masks as they lie in DDR; null where there are none, or only their hash is known.</summary>
    public MaskTable? Masks =>
        _schedule.MaskTable is { Masks: { } masks } ? new MaskTable(masks, _schedule.ContextLength, Tables.MaskAddress) : null;

    /// <summary>
    /// What each product takes off each channel's weight ring: by core, by product of which the core has rows.
    /// What the cycle model takes.
    /// </summary>
    public ProgramWork Work =>
        new([.. Streams.Select(stream => (IReadOnlyList<ProductWork>)
        [
            .. Enumerable.Range(0, stream.Products)
                .Select(p => new ProductWork([.. Enumerable.Range(0, stream.Channels).Select(c => stream.Work(p, c))]))
                .Where(work => work.Total.Bytes > 0),
        ])])
        {
            MaskBytes = Masks is { } masks ? masks.ByteAt : null,
        };

    private static IReadOnlyList<long> PoppedBytes(StreamLayout stream, int product) =>
    [
        .. Enumerable.Range(0, stream.Channels).Select(
            c => stream.End(product, c) - (product == 0 ? 0 : stream.End(product - 1, c))),
    ];

    private static long RowsPerChannel(Schedule schedule, int core) =>
        (schedule.ContextLength + (long)schedule.SpreadOf(core) - 1) / schedule.SpreadOf(core);

    private static long HeadBytes(Schedule schedule, int core) =>
        Align(RowsPerChannel(schedule, core) * schedule.Cache.KeyRowBytes) + Align(
            RowsPerChannel(schedule, core) * schedule.Cache.ValueRowBytes);

    // Among the tables of its kind.
    private int NumberOf(Table table)
    {
        int number = 0;
        foreach (Table other in _schedule.Tables)
        {
            if (other.Name == table.Name)
            {
                break;
            }

            number += other.Kind == table.Kind ? 1 : 0;
        }

        return number;
    }

    private static Table Only(Schedule schedule, TableKind kind) => schedule.Tables.Single(t => t.Kind == kind);

    private static long Align(long bytes) => TableLayout.Align(bytes, TableLayout.Alignment);
}
