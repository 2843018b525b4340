using Flightc.IR;
using Flightc.Isa;

namespace Flightc.Schedules;

/// <summary>How an extent is divided among the cores: core c has the elements from Bounds[c] to Bounds[c+1].</summary>
/// <param name="Name">What is divided, such as <c>hidden</c>.</param>
/// <param name="Bounds">Ascending from 0, one more than there are cores.</param>
public sealed record Partition(string Name, IReadOnlyList<long> Bounds)
{
    /// <summary>First element of a core.</summary>
    public long First(int core) => Bounds[core];

    /// <summary>Number of elements of a core.</summary>
    public long Count(int core) => Bounds[core + 1] - Bounds[core];

    /// <summary>Elements of all cores.</summary>
    public long Total => Bounds[^1];

    /// <summary>The largest count of a core.</summary>
    public long Largest => Enumerable.Range(0, Bounds.Count - 1).Max(Count);
}

/// <summary>A place in the scratch of every core. Regions may overlap where they are never alive together.</summary>
/// <param name="Name">What it holds.</param>
/// <param name="Address">Scratch address, the same on all cores.</param>
/// <param name="ElementBytes">Bytes of an element.</param>
/// <param name="Stride">Bytes between rows.</param>
/// <param name="Rows">Rows: usually the most tokens of a step.</param>
/// <param name="Slice">The partition whose slice each core holds from the start of a row; empty where every core holds whole rows.</param>
/// <param name="IsPerHead">Whether a row belongs to a KV head: a step in a loop over KV heads uses its own row.</param>
public sealed record Region(
    string Name, long Address, int ElementBytes, long Stride, long Rows, string Slice = "", bool IsPerHead = false)
{
    /// <summary>Bytes of all rows.</summary>
    public long Bytes => Stride * Rows;
}

/// <summary>A run of a weight's rows that belongs to a product.</summary>
/// <param name="Node">The Graph's node whose result these rows give.</param>
/// <param name="Weight">The weight.</param>
/// <param name="Partition">The partition that divides them among cores.</param>
/// <param name="Offset">The partition's element at which this part begins.</param>
/// <param name="Elements">Elements of the partition that belong to this part.</param>
/// <param name="RowsPerElement">Rows of the weight for one element of the partition: the head size for heads, otherwise 1.</param>
/// <param name="Format">Bits and group size of the weight.</param>
public sealed record ProductPart(
    string Node, string Weight, string Partition, long Offset, long Elements, int RowsPerElement, QuantizedFormat Format);

/// <summary>A block of at most 16 consecutive rows of a weight.</summary>
/// <param name="Weight">The weight.</param>
/// <param name="FirstRow">Its first row.</param>
/// <param name="RowCount">1 … 16.</param>
/// <param name="Format">Bits and group size of the weight.</param>
public readonly record struct WeightRows(string Weight, int FirstRow, int RowCount, QuantizedFormat Format);

/// <summary>What one matrix product consumes of the weight streams, in the order of the streams.</summary>
/// <param name="Name">Role, such as <c>layers.0.attn.qkv</c>.</param>
/// <param name="Columns">K.</param>
/// <param name="Alternate">Whether blocks of the two parts alternate.</param>
/// <param name="FirstBlock">First block, in each part of each core, of this piece.</param>
/// <param name="BlockCount">The most blocks per part; a core may have fewer.</param>
/// <param name="Parts">Runs of rows.</param>
public sealed record Product(
    string Name, long Columns, bool Alternate, int FirstBlock, int BlockCount, IReadOnlyList<ProductPart> Parts)
{
    /// <summary>A <see cref="BlockCount"/> that takes all blocks of every core.</summary>
    public const int AllBlocks = int.MaxValue / Schedule.BlockRows;
}

/// <summary>One step of a phase: an instruction, or a few, on every core, over all tokens of the program's step.</summary>
/// <param name="Kind">What it does; <see cref="StepDefinition"/> says with which arguments.</param>
/// <param name="Name">Role: the Graph's node it computes, or what it serves.</param>
/// <param name="Arguments">In the order of the definition.</param>
public sealed record Step(StepKind Kind, string Name, IReadOnlyList<StepArgument> Arguments)
{
    /// <summary>The value of an argument, or null.</summary>
    public string? Find(string key)
    {
        foreach (StepArgument argument in Arguments)
        {
            if (argument.Key == key)
            {
                return argument.Value;
            }
        }

        return null;
    }

    /// <summary>The value of an argument that must be there.</summary>
    public string Text(string key) => Find(key) ?? throw new KeyNotFoundException($"step {Kind} '{Name}' has no '{key}'");

    /// <summary>The value of a number; <paramref name="absent"/> where it is not there.</summary>
    public long Number(string key, long absent = 0) =>
        Find(key) is { } text ? long.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : absent;
}

/// <summary>A named argument of a step.</summary>
public readonly record struct StepArgument(string Key, string Value);

/// <summary>The order of steps for one entry of the program.</summary>
/// <param name="Name"><c>decode</c> or <c>prefill</c>.</param>
/// <param name="MatrixUnit">The unit of its matrix products.</param>
/// <param name="Steps">In an order in which one core could execute them one by one; what may overlap follows from the regions they use.</param>
public sealed record Phase(string Name, Unit MatrixUnit, IReadOnlyList<Step> Steps);

/// <summary>A table in DDR.</summary>
/// <param name="Name">The weight it is made of, or <c>rotary</c>.</param>
/// <param name="Kind">How it is stored.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Elements of a row.</param>
/// <param name="Format">Bits and group size of a quantised table.</param>
/// <param name="Theta">Base of the frequencies of a rotary table.</param>
public sealed record Table(string Name, TableKind Kind, long Rows, long Columns, QuantizedFormat Format = default, double Theta = 0)
{
    /// <summary>Bytes of a row; of a quantised one: scale, multipliers, codes, padded to 4 (docs/memory.md §4).</summary>
    public long RowBytes => Kind switch
    {
        TableKind.Quantized => (4 + Format.GroupsIn(Columns) + Columns + 3) / 4 * 4,
        TableKind.Rotary or TableKind.Vector => 4 * Columns,
    };
}

/// <summary>How a table is stored: docs/memory.md §4.</summary>
public enum TableKind
{
    /// <summary>Quantised rows.</summary>
    Quantized,

    /// <summary>Cosines and sines by position.</summary>
    Rotary,

    /// <summary>One row of binary32.</summary>
    Vector,
}

/// <summary>The KV cache's extents.</summary>
/// <param name="Layers">Layers.</param>
/// <param name="Heads">KV heads of a layer.</param>
/// <param name="HeadDim">Elements of a head.</param>
public sealed record CacheShape(int Layers, int Heads, int HeadDim);

/// <summary>
/// The second artefact: how a Graph is mapped onto a target. Parametric in the number of tokens and in the sequence's length; what is
/// where, who does it, and in which order.
/// </summary>
/// <param name="Name">The Graph's name.</param>
/// <param name="Geometry">The machine.</param>
/// <param name="ContextLength">The most tokens of a sequence.</param>
/// <param name="MaxTokens">The most tokens of a prefill step.</param>
/// <param name="VocabularySize">Logits per token.</param>
/// <param name="Group">Query heads that share a KV head.</param>
/// <param name="ScoreSlots">Slots · query rows that scratch has room for.</param>
/// <param name="Cache">The KV cache.</param>
/// <param name="Partitions">Divisions among cores.</param>
/// <param name="Regions">Scratch.</param>
/// <param name="Tables">DDR.</param>
/// <param name="Products">The weight streams' content, in order.</param>
/// <param name="Phases">Decode and prefill.</param>
public sealed record Schedule(
    string Name, Geometry Geometry, int ContextLength, int MaxTokens, int VocabularySize, int Group, long ScoreSlots, CacheShape Cache,
    IReadOnlyList<Partition> Partitions, IReadOnlyList<Region> Regions, IReadOnlyList<Table> Tables, IReadOnlyList<Product> Products,
    IReadOnlyList<Phase> Phases)
{
    private readonly Dictionary<string, Partition> _partitions = Partitions.ToDictionary(p => p.Name);
    private readonly Dictionary<string, Region> _regions = Regions.ToDictionary(r => r.Name);
    private readonly Dictionary<string, Table> _tables = Tables.ToDictionary(t => t.Name);
    private readonly Dictionary<string, Product> _products = Products.ToDictionary(p => p.Name);

    /// <summary>Rows of a 16-row block.</summary>
    public const int BlockRows = 16;

    /// <summary>A partition by name.</summary>
    public Partition PartitionOf(string name) => _partitions[name];

    /// <summary>A region by name.</summary>
    public Region RegionOf(string name) => _regions[name];

    /// <summary>A table by name.</summary>
    public Table TableOf(string name) => _tables[name];

    /// <summary>A product by name.</summary>
    public Product ProductOf(string name) => _products[name];

    /// <summary>A partition by name, or null.</summary>
    internal Partition? FindPartition(string name) => _partitions.GetValueOrDefault(name);

    /// <summary>A region by name, or null.</summary>
    internal Region? FindRegion(string name) => _regions.GetValueOrDefault(name);

    /// <summary>A table by name, or null.</summary>
    internal Table? FindTable(string name) => _tables.GetValueOrDefault(name);

    /// <summary>A product by name, or null.</summary>
    internal Product? FindProduct(string name) => _products.GetValueOrDefault(name);

    /// <summary>
    /// The rows of a part that a core has in a product: the first row in the weight, and how many. Blocks of 16 are counted from there.
    /// </summary>
    public (long First, long Count) RowsOf(Product product, ProductPart part, int core)
    {
        Partition partition = PartitionOf(part.Partition);
        long first = Math.Max(partition.First(core), part.Offset);
        long last = Math.Min(partition.First(core) + partition.Count(core), part.Offset + part.Elements);
        long row = (first - part.Offset) * part.RowsPerElement;
        long count = Math.Max(0, last - first) * part.RowsPerElement;
        long skipped = Math.Min(count, (long)product.FirstBlock * BlockRows);
        return (row + skipped, Math.Min(count - skipped, (long)product.BlockCount * BlockRows));
    }

    /// <summary>The blocks of a product that a core consumes, in order.</summary>
    public IReadOnlyList<WeightRows> BlocksOf(Product product, int core)
    {
        List<WeightRows>[] parts = [.. product.Parts.Select(part => Blocks(part, RowsOf(product, part, core)))];
        return product.Alternate
            ? [.. Enumerable.Range(0, parts[0].Count).SelectMany(i => parts.Select(p => p[i]))]
            : [.. parts.SelectMany(p => p)];
    }

    private static List<WeightRows> Blocks(ProductPart part, (long First, long Count) rows)
    {
        List<WeightRows> blocks = [];
        for (long done = 0; done < rows.Count; done += BlockRows)
        {
            blocks.Add(new WeightRows(
                part.Weight, checked((int)(rows.First + done)), (int)Math.Min(BlockRows, rows.Count - done), part.Format));
        }

        return blocks;
    }
}
