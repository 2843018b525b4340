using Flightc.IR;
using Flightc.Isa;

namespace Flightc.Schedules;

/// <summary>
/// The second artefact: how a Graph is mapped onto a target. Parametric in the number of tokens and in the
/// sequence's length; what is where, who does it, and in which order.
/// </summary>
/// <param name="Name">The Graph's name.</param>
/// <param name="Geometry">The machine.</param>
/// <param name="ContextLength">The most tokens of a sequence.</param>
/// <param name="MaxTokens">The most tokens of a prefill step.</param>
/// <param name="VocabularySize">Logits per token.</param>
/// <param name="Group">Query heads that share a KV head.</param>
/// <param name="ScoreSlots">Slots · query rows that scratch has room for.</param>
/// <param name="Cache">The KV cache.</param>
/// <param name="Mapping">The choices it was made by.</param>
/// <param name="Partitions">Divisions among cores.</param>
/// <param name="Regions">Scratch.</param>
/// <param name="Tables">DDR.</param>
/// <param name="Products">The weight streams' content, in order.</param>
/// <param name="Phases">Decode and prefill.</param>
public sealed record Schedule(
    string Name, Geometry Geometry, int ContextLength, int MaxTokens, int VocabularySize, int Group,
    long ScoreSlots, CacheShape Cache, Mapping Mapping,
    IReadOnlyList<Partition> Partitions, IReadOnlyList<Region> Regions, IReadOnlyList<Table> Tables,
    IReadOnlyList<Product> Products,
    IReadOnlyList<Phase> Phases)
{
    private readonly Dictionary<string, Partition> _partitions = Partitions.ToDictionary(p => p.Name);
    private readonly Dictionary<string, Region> _regions = Regions.ToDictionary(r => r.Name);
    private readonly Dictionary<string, Table> _tables = Tables.ToDictionary(t => t.Name);
    private readonly Dictionary<string, Product> _products = Products.ToDictionary(p => p.Name);

    /// <summary>Rows of a 16-row block.</summary>
    public const int BlockRows = 16;

    /// <summary>
    /// The partition of attention: of KV heads where it is divided by heads, otherwise of query, key and value
    /// heads.
    /// </summary>
    public const string HeadsPartition = "heads";

    /// <summary>
    /// The most different numbers of channels over which heads may be spread: there are registers for so many.
    /// </summary>
    public const int MostSpreads = 6;

    /// <summary>The same where there are attention masks, which take two registers too.</summary>
    public const int MostSpreadsOfMasked = 5;

    /// <summary>The table of attention masks, or null.</summary>
    public Table? MaskTable => Tables.FirstOrDefault(t => t.Kind == TableKind.Mask);

    /// <summary>The most blocks of 64 tokens that a prefill step has tokens of.</summary>
    public int MaskRows => MostMaskRows(MaxTokens, ContextLength);

    /// <summary>The most blocks of 64 tokens that so many tokens can lie in.</summary>
    /// <param name="tokens">Tokens of a step, at least 1.</param>
    /// <param name="contextLength">The most tokens of a sequence.</param>
    public static int MostMaskRows(int tokens, int contextLength) => (int)Math.Min(
        ((tokens + LayerMask.BlockTokens - 2L) / LayerMask.BlockTokens) + 1,
        (contextLength + LayerMask.BlockTokens - 1L) / LayerMask.BlockTokens);

    /// <summary>Whether all tokens of a KV head lie in the channels of one core.</summary>
    public bool IsLocal => Mapping.Attention == AttentionDivision.Heads;

    /// <summary>The most KV heads that a core attends with.</summary>
    public long HeadsOfCore => IsLocal ? PartitionOf(HeadsPartition).Largest : Cache.Heads;

    /// <summary>The first KV head that a core attends with, and how many it has.</summary>
    public (long First, long Count) HeadsOf(int core) =>
        IsLocal ? (PartitionOf(HeadsPartition).First(core), PartitionOf(HeadsPartition).Count(core)) : (0, Cache.Heads);

    /// <summary>Channels over which a head's tokens are spread on a core.</summary>
    public int SpreadOf(int core) => IsLocal ? Geometry.Cores[core].Count : Geometry.Channels;

    /// <summary>Slots that one query row of the longest sequence has on the core with the most.</summary>
    public long SlotsOfOneRow => Geometry.Cores.Select(
        (range, core) => range.Count * (((long)ContextLength + SpreadOf(core) - 1) / SpreadOf(core))).Max();

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
    /// The rows of a part that a core has in a product: the first row in the weight, and how many. Blocks of
    /// 16 are counted from there.
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

    /// <summary>
    /// The first row of a core's share of a part that is no multiple of 16 where the part's format has a pattern, which
    /// is of blocks of 16 rows of the matrix; otherwise null.
    /// </summary>
    public long? CutWithinPattern(Product product, ProductPart part)
    {
        for (int core = 0; core < Geometry.Cores.Count && !part.Format.Sparsity.Pattern.IsEmpty; core++)
        {
            (long first, long count) = RowsOf(product, part, core);
            if (count > 0 && first % BlockRows != 0)
            {
                return first;
            }
        }

        return null;
    }

    private static List<WeightRows> Blocks(ProductPart part, (long First, long Count) rows)
    {
        List<WeightRows> blocks = [];
        for (long done = 0; done < rows.Count; done += BlockRows)
        {
            blocks.Add(new WeightRows(
                part.Weight, checked((int)(rows.First + done)), (int)Math.Min(BlockRows, rows.Count - done),
                part.Format));
        }

        return blocks;
    }
}
