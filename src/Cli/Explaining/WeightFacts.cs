using Flightc.Backend.Packing;
using Flightc.Cli.Reports;
using Flightc.Isa;
using Flightc.Packing;

namespace Flightc.Cli.Explaining;

/// <summary>The tiles of a weight in one channel.</summary>
/// <param name="Core">Number of the core.</param>
/// <param name="Channel">Number of the channel in the machine.</param>
/// <param name="Tiles">How many.</param>
/// <param name="Bytes">Of all of them.</param>
/// <param name="First">Address of the first.</param>
/// <param name="End">Address after the last; tiles of others may lie between.</param>
internal sealed record StreamedTiles(int Core, int Channel, long Tiles, long Bytes, long First, long End);

/// <summary>Rows of a weight that a core has.</summary>
/// <param name="Core">Number of the core.</param>
/// <param name="Product">What its product is called.</param>
/// <param name="First">The first row.</param>
/// <param name="Count">How many.</param>
internal sealed record CoreRows(int Core, string Product, long First, long Count);

/// <summary>How a weight lies in the weight streams: from tile headers, and the symbols of the program.</summary>
internal sealed class WeightFacts
{
    private readonly Dictionary<(int Core, int Product), double> _shares = [];

    private WeightFacts()
    {
    }

    /// <summary>Its rows on every core.</summary>
    public required IReadOnlyList<CoreRows> Rows { get; init; }

    /// <summary>Its tiles in every channel.</summary>
    public required IReadOnlyList<StreamedTiles> Streams { get; init; }

    /// <summary>What else its products give, and what they add to.</summary>
    public required IReadOnlyList<string> FusedWith { get; init; }

    /// <summary>By <see cref="BlockLayout"/>: its blocks of 16 × 16.</summary>
    public required IReadOnlyDictionary<BlockLayout, long> Blocks { get; init; }

    /// <summary>Codes kept, as a share of all.</summary>
    public required double Density { get; init; }

    /// <summary>Bytes of all its tiles.</summary>
    public long Bytes => Streams.Sum(s => s.Bytes);

    /// <summary>The share of a product's bytes that is the weight's.</summary>
    public double ShareOf(int core, int product) => _shares.GetValueOrDefault((core, product));

    /// <summary>Looks at the products that multiply by a weight.</summary>
    /// <param name="subject">The program.</param>
    /// <param name="weight">A matrix.</param>
    /// <param name="uses">Its products in one entry.</param>
    public static WeightFacts Of(Subject subject, SubjectWeight weight, IReadOnlyList<ProductUse> uses)
    {
        SortedDictionary<(int Core, int Channel), StreamedTiles> streams = [];
        Dictionary<BlockLayout, long> blocks = Enum.GetValues<BlockLayout>().ToDictionary(l => l, _ => 0L);
        Dictionary<(int, int), long> bytes = [];
        (long kept, long all) = (0, 0);
        foreach (IGrouping<int, ProductUse> core in uses.GroupBy(u => u.Core))
        {
            Dictionary<int, ProductUse> products = core.ToDictionary(u => u.Number);
            Dictionary<int, Symbol?> parts = core.ToDictionary(u => u.Number, u => u.PartOf(weight.Stem));
            foreach (PlacedTile tile in subject.Tiles.Tiles(core.Key, products.Keys.ToHashSet()))
            {
                TileHeader header = tile.Header;
                ProductUse use = products[tile.Product];
                if (header.Kind == TileKind.End || !use.HasBlock(parts[tile.Product], header.RowBlock))
                {
                    continue;
                }

                long end = tile.Position + header.TileBytes;
                (int, int) key = (core.Key, subject.Program.Geometry.Cores[core.Key].First + tile.Channel);
                streams[key] = streams.TryGetValue(key, out StreamedTiles? before)
                    ? before with
                    {
                        Tiles = before.Tiles + 1,
                        Bytes = before.Bytes + header.TileBytes,
                        First = Math.Min(before.First, tile.Position),
                        End = Math.Max(before.End, end),
                    }
                    : new StreamedTiles(key.Item1, key.Item2, 1, header.TileBytes, tile.Position, end);
                bytes[(core.Key, tile.Product)] = bytes.GetValueOrDefault((core.Key, tile.Product)) + header.TileBytes;

                // Blocks beyond the last column are in a header, and hold nothing of the weight.
                int first = header.Group * header.GroupSize / BlockForm.Side;
                int beyond = (int)((use.Instruction.Columns.Constant + BlockForm.Side - 1) / BlockForm.Side);
                for (int b = 0; header.Kind == TileKind.Weights && b < Math.Min(header.Blocks, beyond - first); b++)
                {
                    BlockForm form = header.Block(b);
                    blocks[form.Layout]++;
                    kept += form.Kept;
                    all += BlockForm.Side;
                }
            }
        }

        WeightFacts facts = new()
        {
            Rows = [.. uses.Select(use => RowsOf(use, weight)).Where(r => r.Count > 0)],
            Streams = [.. streams.Values],
            FusedWith = [.. uses.SelectMany(use => OthersOf(use, weight)).Distinct()],
            Blocks = blocks,
            Density = all == 0 ? 0 : (double)kept / all,
        };
        foreach (((int core, int product), long own) in bytes)
        {
            facts._shares[(core, product)] = (double)own / subject.Tiles.Work.Cores[core][product].Total.Bytes;
        }

        return facts;
    }

    private static CoreRows RowsOf(ProductUse use, SubjectWeight weight)
    {
        Symbol? part = use.PartOf(weight.Stem) ?? (use.Parts.Count > 0 ? use.Parts[0] : null);
        return new CoreRows(use.Core, use.Instruction.Provenance, part?.First ?? 0, part?.Count ?? use.Instruction.Rows.Constant);
    }

    private static IEnumerable<string> OthersOf(ProductUse use, SubjectWeight weight)
    {
        Symbol? own = use.PartOf(weight.Stem);
        foreach (Symbol other in use.Parts.Where(p => own is not null && p.Name != own.Name))
        {
            yield return other.Name;
        }

        // A product that adds to what is there makes the sum, and its symbol is called like it.
        if (own is null && use.Instruction.Add.Constant == 1)
        {
            yield return use.Parts.Count > 0 ? use.Parts[0].Name : "a sum";
        }
    }
}
