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
        List<StreamedTiles> streams = [];
        Dictionary<BlockLayout, long> blocks = Enum.GetValues<BlockLayout>().ToDictionary(l => l, _ => 0L);
        Dictionary<(int, int), double> shares = [];
        (long kept, long all) = (0, 0);
        foreach (ProductUse use in uses)
        {
            Symbol? part = use.PartOf(weight.Stem);
            int groupsEnd = (int)((use.Instruction.Columns.Constant + BlockForm.Side - 1) / BlockForm.Side);
            PlacedTile[] tiles =
            [
                .. subject.Tiles.Tiles(use.Core, use.Number)
                    .Where(t => t.Header.Kind != TileKind.End && use.HasBlock(part, t.Header.RowBlock)),
            ];
            foreach (TileHeader header in tiles.Select(t => t.Header).Where(h => h.Kind == TileKind.Weights))
            {
                int first = header.Group * header.GroupSize / BlockForm.Side;
                for (int b = 0; b < Math.Min(header.Blocks, groupsEnd - first); b++)
                {
                    BlockForm form = header.Block(b);
                    blocks[form.Layout]++;
                    kept += form.Kept;
                    all += BlockForm.Side;
                }
            }

            shares[(use.Core, use.Number)] =
                (double)tiles.Sum(t => (long)t.Header.TileBytes) / Math.Max(1, subject.Tiles.Work.Cores[use.Core][use.Number].Total.Bytes);
            streams.AddRange(tiles.GroupBy(t => t.Channel).OrderBy(g => g.Key).Select(g => new StreamedTiles(
                use.Core, subject.Program.Geometry.Cores[use.Core].First + g.Key, g.Count(), g.Sum(t => (long)t.Header.TileBytes),
                g.Min(t => t.Position), g.Max(t => t.Position + t.Header.TileBytes))));
        }

        WeightFacts facts = new()
        {
            Rows = [.. uses.Select(use => RowsOf(use, weight)).Where(r => r.Count > 0)],
            Streams = [.. streams.GroupBy(s => s.Channel).Select(Joined)],
            FusedWith = [.. uses.SelectMany(use => OthersOf(use, weight)).Distinct()],
            Blocks = blocks,
            Density = all == 0 ? 0 : (double)kept / all,
        };
        foreach (((int, int) product, double share) in shares)
        {
            facts._shares[product] = share;
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

    private static StreamedTiles Joined(IGrouping<int, StreamedTiles> pieces) => new(
        pieces.First().Core, pieces.Key, pieces.Sum(p => p.Tiles), pieces.Sum(p => p.Bytes), pieces.Min(p => p.First),
        pieces.Max(p => p.End));
}
