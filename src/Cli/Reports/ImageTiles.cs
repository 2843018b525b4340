using Flightc.Backend.Packing;
using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Packing;
using Flightc.Runtime;

namespace Flightc.Cli.Reports;

/// <summary>The tiles of an image, by their headers: docs/memory.md §2.</summary>
internal sealed class ImageTiles : ITileSource
{
    private readonly LoadedImage _image;
    private readonly long[][][] _ends;

    private ImageTiles(LoadedImage image, long[][][] ends, ProgramWork work) => (_image, _ends, Work) = (image, ends, work);

    /// <inheritdoc/>
    public ProgramWork Work { get; }

    /// <summary>Reads the headers of all tiles.</summary>
    /// <param name="image">Stays with the caller, who keeps it open; its sections may be hostile.</param>
    /// <param name="progress">Told the share that is done, 0 … 1, from several threads.</param>
    /// <exception cref="CompilationException">A stream ends before the program's products do, or a header is
    /// damaged (FLC4005).</exception>
    public static ImageTiles Read(LoadedImage image, Action<double> progress)
    {
        Geometry geometry = image.Program.Geometry;
        RequireForm(image);
        long[][][] ends = new long[geometry.Cores.Count][][];
        List<IReadOnlyList<ProductWork>> cores = [];
        int done = 0;
        for (int core = 0; core < ends.Length; core++)
        {
            int products = ProductsOf(image.Program.Entries[0], core);
            ChannelRange range = geometry.Cores[core];
            ChannelWork[][] work = [.. Enumerable.Range(0, products).Select(_ => new ChannelWork[range.Count])];
            long[][] reached = [.. Enumerable.Range(0, range.Count).Select(_ => new long[products])];
            Parallel.For(0, range.Count, channel =>
            {
                long at = 0;
                for (int product = 0; product < products; product++)
                {
                    at = ReadProduct(image.Image, range.First + channel, at, ref work[product][channel]);
                    reached[channel][product] = at;
                }

                progress((double)Interlocked.Increment(ref done) / geometry.Channels);
            });
            ends[core] = reached;
            cores.Add([.. work.Select(channels => new ProductWork(channels))]);
        }

        return new ImageTiles(image, ends, new ProgramWork(cores) { MaskBytes = image.Program.MasksPrompts ? MaskByteOf(image) : null });
    }

    // Masks lie among the tables, whose section is a copy of DDR from address 0 on.
    private static unsafe Func<long, byte> MaskByteOf(LoadedImage image)
    {
        ImageSection tables = image.Image.Section(SectionNames.Tables);
        return address => address >= 0 && address < tables.Length ? ((byte*)tables.Start)[address] : (byte)0;
    }

    /// <inheritdoc/>
    public IEnumerable<PlacedTile> Tiles(int core, IReadOnlySet<int> products)
    {
        ChannelRange range = _image.Program.Geometry.Cores[core];
        foreach (int product in products.Order())
        {
            for (int channel = 0; channel < range.Count; channel++)
            {
                long at = product == 0 ? 0 : _ends[core][channel][product - 1];
                while (at < _ends[core][channel][product])
                {
                    TileHeader header = HeaderAt(_image.Image, range.First + channel, at);
                    yield return new PlacedTile(product, channel, at, header);
                    at += header.TileBytes;
                }
            }
        }
    }

    // What the program's own verifier takes for granted, or learns only with the bytes that are read here.
    private static void RequireForm(LoadedImage image)
    {
        int cores = image.Program.Geometry.Cores.Count;
        IReadOnlyList<Isa.EntryPoint> entries = image.Program.Entries;
        bool isWhole = entries.Count > 0 && cores > 0 && entries.All(
            e => e.Streams.Count == cores && e.Streams.All(core => core.Count == InstructionSet.UnitCount));
        if (!isWhole || entries.Any(e => Enumerable.Range(0, cores).Any(c => ProductsOf(e, c) != ProductsOf(entries[0], c))))
        {
            throw new CompilationException(
                Codes.ProgramInvalid, "the entries of the program lack streams, or take different products from the weight streams",
                image.Image.Path, "run flightc verify on the image");
        }
    }

    private static int ProductsOf(Isa.EntryPoint entry, int core) =>
        entry.Streams[core].SelectMany(s => s).OfType<MultiplyWeights>().Count(m => m.Rows.Constant > 0);

    private static long ReadProduct(Image image, int channel, long at, ref ChannelWork work)
    {
        TileHeader header;
        do
        {
            header = HeaderAt(image, channel, at);
            work += ChannelWork.Of(header);
            at += header.TileBytes;
        }
        while (!header.IsLast);
        return at;
    }

    private static unsafe TileHeader HeaderAt(Image image, int channel, long at)
    {
        ImageSection section = image.Section(SectionNames.Bank(channel));
        return TileReader.TryRead(section.Pointer + at, section.Length - at, out TileHeader header)
            ? header
            : throw new CompilationException(
                Codes.ImageDamaged, $"the weight stream ends at byte {section.Length}, before the program's products do",
                SectionNames.Bank(channel), "fetch or compile the image again");
    }
}
