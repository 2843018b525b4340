using Flightc.Container;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Packing;

namespace Flightc.Cli.Images;

/// <summary>Numbers about an image that its manifest and its program give without reading any weight.</summary>
internal static class ImageFacts
{
    private const string EmbeddingRole = "embed.weight";
    private const string HeadRole = "head.weight";

    /// <summary>The weights by precision, widest codes last, in the order of their names.</summary>
    public static IReadOnlyList<PrecisionFacts> Precisions(ImageManifest manifest)
    {
        bool isTied = manifest.Weights.All(w => w.Role != HeadRole);
        return
        [
            .. manifest.Weights.GroupBy(w => w.Format).OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(
                    g => new PrecisionFacts(g.Key, g.Count(), g.Sum(Elements), g.Sum(w => BytesOf(w, isTable: w.Role == EmbeddingRole && !isTied)))),
        ];
    }

    /// <summary>The weight streams of all channels.</summary>
    public static BankFacts Banks(ImageManifest manifest)
    {
        long[] bytes = [.. manifest.Sections.Where(IsBank).Select(s => s.Bytes)];
        return bytes.Length == 0 ? new BankFacts(0, 0, 0) : new BankFacts(bytes.Min(), bytes.Max(), bytes.Average());
    }

    /// <summary>Whether a section is the weight stream of a channel.</summary>
    public static bool IsBank(ManifestSection section) => section.Name.StartsWith("bank.", StringComparison.Ordinal);

    /// <summary>The entries of a program.</summary>
    public static IReadOnlyList<EntryFacts> Entries(MachineProgram program) =>
    [
        .. program.Entries.Select(entry => new EntryFacts(
            entry.Name,
            entry.Streams.SelectMany(core => core).Sum(
                stream => sizeof(uint) * (long)InstructionEncoding.Encode(stream).Length),
            [.. Enum.GetValues<Unit>().Select(unit => (InstructionSet.NameOf(unit), entry.Streams.Sum(core => core[(int)unit].Count)))])),
    ];

    private static long Elements(ManifestWeight weight) =>
        weight.Shape.Aggregate(1L, (product, size) => product * size);

    private static long BytesOf(ManifestWeight weight, bool isTable)
    {
        if (QuantizedFormat.Parse(weight.Format) is not { IsKnown: true } format || weight.Shape.Count != 2)
        {
            return sizeof(float) * Elements(weight);
        }

        (long rows, long columns) = (weight.Shape[0], weight.Shape[1]);
        if (isTable)
        {
            return rows * TableRow.Pitch(format, columns);
        }

        long blocks = (rows + TileHeader.RowsPerTile - 1) / TileHeader.RowsPerTile;
        return blocks * FormatTiles.Rows(format, columns).Bytes;
    }
}
