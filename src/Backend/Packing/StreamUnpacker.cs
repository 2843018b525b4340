using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Packing;

namespace Flightc.Backend.Packing;

/// <summary>
/// Rebuilds the weights of one core from the streams of its channels, nothing trusted: the inverse of
/// <see cref="StreamPacker"/>.
/// </summary>
/// <param name="streams">The channels of the core in order; different ones are read at the same time.</param>
public sealed class StreamUnpacker(IReadOnlyList<Stream> streams)
{
    private readonly ChannelReader[] _channels = [.. streams.Select((s, c) => new ChannelReader(s, c))];

    /// <summary>Reads the next product.</summary>
    /// <param name="product">What the streams should hold.</param>
    /// <returns>(rows of the block, K) for each row block. The invariant of <see cref="QuantizedMatrix"/>
    /// holds.</returns>
    /// <exception cref="CompilationException">The streams hold something else (FLC4005).</exception>
    public IReadOnlyList<QuantizedMatrix> Next(WeightProduct product)
    {
        QuantizedMatrix[] matrices = Allocate(product);
        if (matrices.Length == 0)
        {
            return matrices;
        }

        int[] seen = new int[product.Tiles];
        ForEachChannel(reader => ReadProduct(reader, product, matrices, seen));
        int missing = Array.IndexOf(seen, 0);
        if (missing >= 0)
        {
            (int block, int tile) = product.Locate(missing);
            string what = tile == 0 ? "the scales" : $"group {tile - 1}";
            throw Damaged($"the weight streams lack {what} of row block {block}", product.Name);
        }

        CheckSums(product, matrices);
        return matrices;
    }

    /// <summary>
    /// Checks what follows the last product: zeros to the end, all streams equally long and of whole pages.
    /// </summary>
    /// <exception cref="CompilationException">It is something else (FLC4005).</exception>
    public void Finish(int pageBytes)
    {
        ForEachChannel(reader => reader.SkipPadding());
        for (int c = 0; c < _channels.Length; c++)
        {
            if (_channels[c].Position != _channels[0].Position || _channels[c].Position % pageBytes != 0)
            {
                _channels[c].Throw(
                    $"has {_channels[c].Position} bytes; all of the core's should have {_channels[0].Position}, and whole pages of {pageBytes}");
            }
        }
    }

    private static QuantizedMatrix[] Allocate(WeightProduct product)
    {
        int rows = product.Blocks.Sum(b => b.RowCount);
        if ((long)rows * product.Columns > Array.MaxLength)
        {
            throw Damaged(
                $"a product of {rows} rows and {product.Columns} columns is larger than any that can be packed",
                product.Name);
        }

        return [.. product.Blocks.Select(b => new QuantizedMatrix(
            b.RowCount,
            product.Columns,
            b.Format,
            new sbyte[b.RowCount * product.Columns],
            new byte[b.RowCount * b.Format.GroupsIn(product.Columns)],
            new float[b.RowCount]))];
    }

    // The error of the lowest channel is reported, whichever thread comes first.
    private void ForEachChannel(Action<ChannelReader> read)
    {
        CompilationException?[] faults = new CompilationException?[_channels.Length];
        Parallel.For(0, _channels.Length, c =>
        {
            try
            {
                read(_channels[c]);
            }
            catch (CompilationException fault)
            {
                faults[c] = fault;
            }
            catch (IOException fault)
            {
                faults[c] = new CompilationException(Codes.FileNotReadable, fault.Message, $"channel {c}", "", fault);
            }
        });
        if (Array.Find(faults, f => f is not null) is { } first)
        {
            throw first;
        }
    }

    private static void ReadProduct(
        ChannelReader reader, WeightProduct product, QuantizedMatrix[] matrices, int[] seen)
    {
        sbyte[] codes = new sbyte[TileHeader.RowsPerTile * TileHeader.MaxBlocks * BlockForm.Side];
        TileHeader header = default;
        for (bool first = true; !header.IsLast; first = false)
        {
            ReadOnlySpan<byte> tile = reader.Next(out header);
            if (header.Kind == TileKind.End)
            {
                if (!first)
                {
                    reader.Throw($"has an end tile behind other tiles of {product.Name}");
                }

                continue;
            }

            Claim(reader, product, header, seen);
            if (header.Kind == TileKind.Scales)
            {
                ReadScales(reader, product, header, tile, matrices[header.RowBlock]);
            }
            else
            {
                ReadWeights(reader, product, header, tile, codes, matrices[header.RowBlock]);
            }
        }
    }

    private static void Claim(ChannelReader reader, WeightProduct product, TileHeader header, int[] seen)
    {
        bool weights = header.Kind == TileKind.Weights;
        if (header.RowBlock >= product.Blocks.Count)
        {
            reader.Throw($"has '{header}'; {product.Name} has {product.Blocks.Count} row blocks");
        }

        BlockTiles tiles = product.TilesOf(header.RowBlock);
        if (weights && (header.Group >= tiles.Groups || header.Format != tiles.Format.AsDense))
        {
            reader.Throw(
                $"has '{header}'; row block {header.RowBlock} of {product.Name} has {tiles.Groups} groups of {tiles.Format}");
        }

        if (header.Kind == TileKind.Scales && header.HasShortScales != tiles.Format.HasShortScales)
        {
            reader.Throw($"has '{header}'; row block {header.RowBlock} of {product.Name} is {tiles.Format}");
        }

        // Also bounds what can be read: a product has so many tiles and no more.
        int tile = product.FirstTile(header.RowBlock) + (weights ? 1 + header.Group : 0);
        if (Interlocked.Exchange(ref seen[tile], 1) != 0)
        {
            reader.Throw($"has '{header}' of {product.Name} for the second time");
        }
    }

    private static void ReadScales(
        ChannelReader reader, WeightProduct product, TileHeader header, ReadOnlySpan<byte> tile,
        QuantizedMatrix matrix)
    {
        Span<float> scales = stackalloc float[TileHeader.RowsPerTile];
        TileReader.ReadScales(tile, scales);
        int rows = matrix.Rows;
        for (int r = 0; r < scales.Length; r++)
        {
            if (!float.IsFinite(scales[r]) || scales[r] < 0
                || (r >= rows && BitConverter.SingleToUInt32Bits(scales[r]) != 0))
            {
                reader.Throw(
                    $"has scale {scales[r]} for row {r} of block {header.RowBlock} of {product.Name}, which has {rows} rows");
            }
        }

        scales[..rows].CopyTo(matrix.RowScales);
    }

    private static void ReadWeights(
        ChannelReader reader, WeightProduct product, TileHeader header, ReadOnlySpan<byte> tile,
        sbyte[] codes, QuantizedMatrix matrix)
    {
        Span<byte> multipliers = stackalloc byte[TileHeader.RowsPerTile];
        TileReader.Unpack(tile, codes, multipliers);
        int stride = header.GroupSize;
        int firstColumn = header.Group * stride;
        int columns = Math.Min(stride, product.Columns - firstColumn);
        int rows = matrix.Rows;
        for (int i = product.TilesOf(header.RowBlock).PresentBlocks(header.Group); i < header.Blocks; i++)
        {
            if (header.Block(i).Density != BlockDensity.Absent)
            {
                reader.Throw($"has '{header}' of {product.Name} with a block beyond column {product.Columns}");
            }
        }

        if (!FormatTiles.Covers(header, matrix.Format, product.TilesOf(header.RowBlock).PresentBlocks(header.Group)))
        {
            reader.Throw($"has '{header}' of {product.Name} with blocks that keep more than {matrix.Format}");
        }

        for (int r = 0; r < TileHeader.RowsPerTile; r++)
        {
            ReadOnlySpan<sbyte> row = codes.AsSpan(r * stride, stride);
            if (row[(r < rows ? columns : 0)..].IndexOfAnyExcept((sbyte)0) >= 0 || (r >= rows && multipliers[r] != 0))
            {
                reader.Throw(
                    $"has '{header}' of {product.Name} with weights beyond its {rows} rows or {product.Columns} columns");
            }

            if (r < rows)
            {
                row[..columns].CopyTo(matrix.Codes.AsSpan((r * matrix.Columns) + firstColumn));
                matrix.Multipliers[(r * matrix.Groups) + header.Group] = multipliers[r];
            }
        }
    }

    // docs/numerics.md §2: beyond this an executor's INT32 sums would wrap.
    private static void CheckSums(WeightProduct product, QuantizedMatrix[] matrices)
    {
        long[] largest = new long[matrices.Length];
        Parallel.For(
            0, largest.Length,
            b => largest[b] = Enumerable.Range(0, matrices[b].Rows).Max(r => SumOf(matrices[b], r)));
        int bad = Array.FindIndex(largest, s => s * 127 >= 1L << 31);
        if (bad >= 0)
        {
            throw Damaged(
                $"the weights of a row of row block {bad} add up to {largest[bad]}; sums of 32 bits hold at most {((1L << 31) - 1) / 127}",
                product.Name);
        }
    }

    // Σ |c · m| of a row.
    private static long SumOf(QuantizedMatrix matrix, int row)
    {
        long sum = 0;
        ReadOnlySpan<sbyte> codes = matrix.Codes.AsSpan(row * matrix.Columns, matrix.Columns);
        for (int g = 0; g < matrix.Groups; g++)
        {
            int inGroup = 0;
            foreach (sbyte code in codes[..Math.Min(matrix.Format.GroupSize, codes.Length)])
            {
                inGroup += Math.Abs((int)code);
            }

            sum += (long)inGroup * matrix.Multipliers[(row * matrix.Groups) + g];
            codes = codes[Math.Min(matrix.Format.GroupSize, codes.Length)..];
        }

        return sum;
    }

    private static CompilationException Damaged(string message, string location) =>
        new(Codes.ImageDamaged, message, location, "write the image again");
}
