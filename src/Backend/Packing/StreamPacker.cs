using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Packing;

namespace Flightc.Backend.Packing;

/// <summary>Packs the weights of one core into the streams of its channels: docs/memory.md §2.</summary>
/// <remarks>
/// Product by product, so that only one product's weights need be in memory. Every tile is unpacked again and
/// compared as soon as it is written. The bytes do not depend on the number of threads.
/// </remarks>
/// <param name="products">Of the core, in the order of a step.</param>
/// <param name="channels">Channels of the core, at least 1.</param>
/// <param name="pageBytes">Bytes of a page, at least 1.</param>
/// <param name="write">Takes the bytes; those of different channels from different threads at once.</param>
public sealed class StreamPacker(
    IReadOnlyList<WeightProduct> products, int channels, int pageBytes, ChannelWriter write)
{
    // Packed at a time: enough for all threads, little beside a tensor.
    private const int ChunkBytes = 8 << 20;

    private readonly byte[][] _buffers = [.. Enumerable.Repeat(Array.Empty<byte>(), channels)];
    private readonly long[] _written = new long[channels];
    private readonly List<long[]> _ends = [];
    private readonly List<ChannelWork[]> _work = [];
    private TilePlacer? _placer;

    /// <summary>
    /// Whether every block is stored in the smallest form for its codes, so that the streams' lengths depend
    /// on them. Otherwise all blocks of a weight have the form of its format, or those of its pattern in the order
    /// that their codes need, and tiles lie where <see cref="StreamLayout.Of"/> says.
    /// </summary>
    public bool AllowSparse { get; init; }

    /// <summary>The most threads to use; -1 for as many as there are cores.</summary>
    public int MaxThreads { get; init; } = -1;

    /// <summary>Ends the work early.</summary>
    public CancellationToken Token { get; init; }

    /// <summary>Packs a whole core.</summary>
    /// <param name="matrices">A weight by its name; asked once per product that uses it.</param>
    /// <returns>Where the products ended.</returns>
    public StreamLayout Pack(Func<string, QuantizedMatrix> matrices)
    {
        for (int p = 0; p < products.Count; p++)
        {
            Next(matrices);
        }

        return Finish();
    }

    /// <summary>Packs the next product.</summary>
    /// <param name="matrices">A weight by its name; asked once for each that the product uses.</param>
    /// <exception cref="ArgumentException">A weight has another shape or format than the product says.</exception>
    /// <exception cref="CompilationException">A tile does not unpack to what was packed: a code or multiplier is
    /// wider than its field, or a row or the blocks of a tile have more codes than its sparsity keeps (FLC9999).</exception>
    /// <exception cref="InvalidOperationException">All are packed.</exception>
    public void Next(Func<string, QuantizedMatrix> matrices)
    {
        if (_ends.Count == products.Count)
        {
            throw new InvalidOperationException($"the core has {products.Count} products, and all are packed");
        }

        WeightProduct product = products[_ends.Count];
        _placer ??= AllowSparse ? new TilePlacer(channels) : new TilePlacer(channels, products);
        QuantizedMatrix[] sources = Sources(product, matrices);
        uint[]? densities = AllowSparse ? Densities(product, sources) : null;
        ProductPlacement placement = new(product, _placer, densities);
        for (int first = 0, end = 0; first < sources.Length; first = end)
        {
            for (long bytes = 0; end < sources.Length && bytes < ChunkBytes; end++)
            {
                bytes += product.TilesOf(end).Bytes;
            }

            WriteBlocks(product, sources, placement, first, end);
        }

        Span<byte> endTile = stackalloc byte[TileHeader.HeaderBytes];
        TileWriter.WriteEnd(endTile);
        foreach ((int channel, long _) in placement.EndTiles)
        {
            Write(channel, endTile);
        }

        _ends.Add(_placer.Lengths.ToArray());
        _work.Add([.. placement.Work]);
    }

    /// <summary>Pads all streams with zeros to the same number of whole pages. Nothing can follow.</summary>
    /// <returns>Where the products ended.</returns>
    /// <exception cref="InvalidOperationException">Products are missing.</exception>
    public StreamLayout Finish()
    {
        if (_ends.Count != products.Count)
        {
            throw new InvalidOperationException($"{_ends.Count} of the core's {products.Count} products are packed");
        }

        StreamLayout layout = new(channels, pageBytes, [.. _ends], [.. _work]);
        byte[] zeros = new byte[Math.Min(pageBytes, 1 << 16)];
        for (int c = 0; c < channels; c++)
        {
            while (_written[c] < layout.Bytes)
            {
                Write(c, zeros.AsSpan(0, (int)Math.Min(zeros.Length, layout.Bytes - _written[c])));
            }
        }

        return layout;
    }

    private static QuantizedMatrix[] Sources(WeightProduct product, Func<string, QuantizedMatrix> matrices)
    {
        Dictionary<string, QuantizedMatrix> known = new(StringComparer.Ordinal);
        QuantizedMatrix[] sources = new QuantizedMatrix[product.Blocks.Count];
        for (int b = 0; b < sources.Length; b++)
        {
            RowBlock block = product.Blocks[b];
            if (!known.TryGetValue(block.Weight, out QuantizedMatrix? matrix))
            {
                known.Add(block.Weight, matrix = matrices(block.Weight));
            }

            if (matrix.Format != block.Format || matrix.Columns != product.Columns
                || block.FirstRow > matrix.Rows - block.RowCount)
            {
                throw new ArgumentException(
                    $"{block.Weight} is ({matrix.Rows}, {matrix.Columns}) {matrix.Format}; {product.Name} wants {block.RowCount} rows from "
                    + $"{block.FirstRow} of {product.Columns} columns {block.Format}",
                    nameof(matrices));
            }

            sources[b] = matrix;
        }

        return sources;
    }

    private uint[] Densities(WeightProduct product, QuantizedMatrix[] sources)
    {
        uint[] densities = new uint[product.Tiles];
        Parallel.For(0, sources.Length, Threads, b =>
        {
            RowBlock block = product.Blocks[b];
            Span<sbyte> codes = stackalloc sbyte[TileHeader.RowsPerTile * block.Format.GroupSize];
            int firstWeights = product.FirstTile(b) + 1;
            for (int g = 0; g < sources[b].Groups; g++)
            {
                GatherCodes(sources[b], block, g, codes);
                densities[firstWeights + g] = TileWriter.SmallestDensities(codes, block.Format);
            }
        });
        return densities;
    }

    private ParallelOptions Threads => new() { MaxDegreeOfParallelism = MaxThreads, CancellationToken = Token };

    private void WriteBlocks(
        WeightProduct product, QuantizedMatrix[] sources, ProductPlacement placement, int first, int end)
    {
        int[] used = new int[channels];
        for (int b = first; b < end; b++)
        {
            for (int tile = product.FirstTile(b); tile < product.FirstTile(b + 1); tile++)
            {
                used[placement.Channel(tile)] += placement.TileBytes(b, tile);
            }
        }

        for (int c = 0; c < channels; c++)
        {
            Array.Resize(ref _buffers[c], Math.Max(_buffers[c].Length, used[c]));
        }

        long firstBad = long.MaxValue;
        Parallel.For(first, end, Threads, b =>
        {
            if (!PackBlock(product, sources[b], placement, b))
            {
                lock (_ends)
                {
                    firstBad = Math.Min(firstBad, b);
                }
            }
        });
        if (firstBad != long.MaxValue)
        {
            RowBlock bad = product.Blocks[(int)firstBad];
            throw new CompilationException(
                Codes.Internal,
                $"rows {bad.FirstRow} to {bad.FirstRow + bad.RowCount - 1} do not unpack to what was packed as {bad.Format}: "
                + "a code or multiplier is wider than its field, or a row or the blocks of a tile have more codes than its sparsity keeps",
                bad.Weight);
        }

        // Each channel has a place of its own: hashing and copying to the file take as long as packing.
        WriteAll(used);
    }

    private void WriteAll(int[] used)
    {
        try
        {
            Parallel.For(0, channels, Threads, c => Write(c, _buffers[c].AsSpan(0, used[c])));
        }
        catch (AggregateException e)
        {
            // A full disk is the same for all channels.
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool PackBlock(WeightProduct product, QuantizedMatrix source, ProductPlacement placement, int b)
    {
        RowBlock block = product.Blocks[b];
        int size = TileHeader.RowsPerTile * block.Format.GroupSize;
        int number = product.FirstTile(b);
        TileHeader header = placement.Header(b, number);
        bool same = PackScales(source, block, header, Slot(placement, number, header));
        Span<sbyte> codes = stackalloc sbyte[size];
        Span<byte> multipliers = stackalloc byte[TileHeader.RowsPerTile];
        for (int g = 0; g < source.Groups; g++)
        {
            GatherCodes(source, block, g, codes);
            multipliers.Clear();
            for (int r = 0; r < block.RowCount; r++)
            {
                multipliers[r] = source.Multipliers[((block.FirstRow + r) * source.Groups) + g];
            }

            // What is longer than its place would run into the next tile.
            header = placement.Header(b, ++number, codes);
            if (header.TileBytes != placement.TileBytes(b, number) || !TileWriter.Holds(header, codes))
            {
                return false;
            }

            Span<byte> tile = Slot(placement, number, header);
            TileWriter.WriteWeights(tile, header, codes, multipliers);
            same &= TileCheck.Says(tile, codes, multipliers);
        }

        return same;
    }

    private static bool PackScales(QuantizedMatrix source, RowBlock block, TileHeader header, Span<byte> tile)
    {
        Span<float> scales = stackalloc float[TileHeader.RowsPerTile];
        Span<float> again = stackalloc float[TileHeader.RowsPerTile];
        scales.Clear();
        source.RowScales.AsSpan(block.FirstRow, block.RowCount).CopyTo(scales);
        TileWriter.WriteScales(tile, header, scales);
        TileReader.ReadScales(tile, again);
        return MemoryMarshal.AsBytes(scales).SequenceEqual(MemoryMarshal.AsBytes(again));
    }

    private Span<byte> Slot(ProductPlacement placement, int tile, TileHeader header)
    {
        int channel = placement.Channel(tile);
        return _buffers[channel].AsSpan((int)(placement.Position(tile) - _written[channel]), (int)header.TileBytes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GatherCodes(QuantizedMatrix source, RowBlock block, int group, Span<sbyte> codes)
    {
        int stride = source.Format.GroupSize;
        int first = group * stride;
        int count = Math.Min(stride, source.Columns - first);
        if (count < stride || block.RowCount < TileHeader.RowsPerTile)
        {
            codes.Clear();
        }

        for (int r = 0; r < block.RowCount; r++)
        {
            source.Codes.AsSpan(((block.FirstRow + r) * source.Columns) + first, count).CopyTo(codes[(r * stride)..]);
        }
    }

    private void Write(int channel, ReadOnlySpan<byte> bytes)
    {
        write(channel, _written[channel], bytes);
        _written[channel] += bytes.Length;
    }
}
