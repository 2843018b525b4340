using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Packing;
using Flightc.Runtime;

namespace Flightc.Cli.Images;

/// <summary>
/// Reads the weight streams of an image as its program takes them: docs/memory.md §2. Knows nothing of how
/// they were made.
/// </summary>
/// <param name="image">The image; its sections may be hostile.</param>
/// <param name="progress">Told the share that is done, 0 … 1, from several threads.</param>
internal sealed class WeightStreams(LoadedImage image, Action<double> progress)
{
    private readonly Geometry _geometry = image.Program.Geometry;
    private int _done;

    /// <summary>Reads all streams to their end.</summary>
    /// <returns>By core, by product with at least one row, by channel of the core: the bytes of its tiles.</returns>
    /// <exception cref="CompilationException">A stream holds something else than the program takes (FLC4005);
    /// the first fault of every channel.</exception>
    public IReadOnlyList<IReadOnlyList<IReadOnlyList<long>>> Read()
    {
        if (_geometry.PageBytes < 1 || image.Program.Entries.Count == 0)
        {
            throw new CompilationException(
                Codes.ProgramInvalid,
                $"the program has {image.Program.Entries.Count} entries and pages of {_geometry.PageBytes} bytes");
        }

        return [.. Enumerable.Range(0, _geometry.Cores.Count).Select(ReadCore)];
    }

    private List<IReadOnlyList<long>> ReadCore(int core)
    {
        StreamedProduct[] products = ProductsOf(core);
        ChannelRange range = _geometry.Cores[core];
        long[][] bytes = [.. products.Select(_ => new long[range.Count])];
        DiagnosticBag[] faults = [.. Enumerable.Range(0, range.Count).Select(_ => new DiagnosticBag())];
        Parallel.For(0, range.Count, c =>
        {
            try
            {
                ReadChannel(range.First + c, products, (p, length) => bytes[p][c] = length);
            }
            catch (CompilationException e)
            {
                Diagnostic fault = e.Diagnostics[0];
                faults[c].Error(
                    fault.Code, fault.Message,
                    fault.Location.Length == 0 ? SectionNames.Bank(range.First + c) : fault.Location,
                    fault.Help);
            }

            progress((double)Interlocked.Increment(ref _done) / _geometry.Channels);
        });
        Diagnostic[] found = [.. faults.SelectMany(f => f.Items)];
        if (found.Length > 0)
        {
            throw new CompilationException(found);
        }

        foreach (StreamedProduct product in products)
        {
            product.RequireWhole();
        }

        return [.. bytes];
    }

    private unsafe void ReadChannel(int channel, StreamedProduct[] products, Action<int, long> popped)
    {
        ImageSection section = image.Image.Section(SectionNames.Bank(channel));
        string name = SectionNames.Bank(channel);
        long at = 0;
        for (int p = 0; p < products.Length; p++)
        {
            long start = at;
            TileHeader header;
            do
            {
                if (!TileReader.TryRead(section.Pointer + at, section.Length - at, out header))
                {
                    throw Damaged(
                        $"the weight stream ends at byte {section.Length}, within '{products[p].Name}'",
                        name);
                }

                products[p].Take(
                    header, new ReadOnlySpan<byte>(section.Pointer + at, (int)header.TileBytes),
                    $"{name}, byte {at}");
                at += header.TileBytes;
            }
            while (!header.IsLast);

            popped(p, at - start);
        }

        // Less than a page, so that it fits a span.
        ReadOnlySpan<byte> rest = new(section.Pointer + at, (int)Math.Min(section.Length - at, int.MaxValue));
        if (section.Length % _geometry.PageBytes != 0 || rest.ContainsAnyExcept((byte)0))
        {
            throw Damaged(
                $"after its last tile, at byte {at}, the weight stream has something else than zeros up to the end of a page",
                name);
        }
    }

    /// <summary>The products that a core takes in a step, in their order; both entries take the same.</summary>
    private StreamedProduct[] ProductsOf(int core)
    {
        (long Rows, long Columns)[][] taken =
        [
            .. image.Program.Entries.Select(
                entry => entry.Streams[core].SelectMany(stream => stream).OfType<MultiplyWeights>()
                .Where(m => m.Rows.Constant > 0).Select(m => (m.Rows.Constant, m.Columns.Constant)).ToArray()),
        ];
        if (taken.Any(t => !t.SequenceEqual(taken[0])))
        {
            throw new CompilationException(
                Codes.ProgramInvalid,
                "the entries of the program take different products from the weight streams", $"core {core}");
        }

        string[] names = [.. image.Program.Entries[0].Streams[core].SelectMany(stream => stream).OfType<MultiplyWeights>().Where(m => m.Rows.Constant > 0).Select(m => m.Provenance)];
        return [.. taken[0].Select((t, i) => new StreamedProduct(names[i].Length == 0 ? $"product {i}" : names[i], t.Rows, t.Columns))];
    }

    private static CompilationException Damaged(string message, string location) =>
        new(Codes.ImageDamaged, message, location, "fetch or compile the image again");
}
