using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Packing;

namespace Flightc.Cli.Images;

/// <summary>
/// One product as the channels of a core give its tiles, in any order and from several threads: every tile
/// once, and sums that INT32 can hold.
/// </summary>
internal sealed class StreamedProduct
{
    private readonly int _columns;
    private readonly Block[] _blocks;

    /// <summary>Begins a product.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="rows">Rows, padding included.</param>
    /// <param name="columns">K.</param>
    /// <exception cref="CompilationException">Tile headers cannot number its blocks (FLC4001).</exception>
    public StreamedProduct(string name, long rows, long columns)
    {
        long blocks = (rows + TileHeader.RowsPerTile - 1) / TileHeader.RowsPerTile;
        if (blocks > TileHeader.MaxIndex || columns is < 1 or > int.MaxValue)
        {
            throw new CompilationException(
                Codes.ProgramInvalid,
                $"a product of {rows} rows and {columns} columns is larger than tile headers can number",
                name);
        }

        Name = name;
        _columns = (int)columns;
        _blocks = [.. Enumerable.Range(0, (int)blocks).Select(_ => new Block())];
    }

    /// <summary>For messages.</summary>
    public string Name { get; }

    /// <summary>Takes a tile.</summary>
    /// <exception cref="CompilationException">It does not belong here, is there twice, or is damaged
    /// (FLC4005).</exception>
    public void Take(TileHeader header, ReadOnlySpan<byte> tile, string location)
    {
        if (header.Kind == TileKind.End)
        {
            return;
        }

        if (header.RowBlock >= _blocks.Length)
        {
            throw Damaged($"'{header}' of {Name}, which has {_blocks.Length} row blocks", location);
        }

        Block block = _blocks[header.RowBlock];
        if (header.Kind == TileKind.Scales)
        {
            TakeScales(block, header, tile, location);
        }
        else
        {
            TakeWeights(block, header, tile, location);
        }
    }

    /// <summary>Refuses a product with a tile missing, or with sums beyond INT32.</summary>
    /// <exception cref="CompilationException">FLC4005.</exception>
    public void RequireWhole()
    {
        for (int b = 0; b < _blocks.Length; b++)
        {
            Block block = _blocks[b];
            if (!block.HasScales || block.Groups is null || Array.IndexOf(block.Groups, false) >= 0)
            {
                throw Damaged($"{Name} lacks {(block.HasScales ? "weights" : "the scales")} of row block {b}", Name);
            }

            // docs/numerics.md §2: activations are at most 127.
            int row = Array.FindIndex(block.Sums, sum => sum * 127 >= 1L << 31);
            if (row >= 0)
            {
                throw Damaged(
                    $"the weights of row {(b * TileHeader.RowsPerTile) + row} of {Name} add up to {block.Sums[row]}; INT32 holds at most {((1L << 31) - 1) / 127}",
                    Name);
            }
        }
    }

    private void TakeScales(Block block, TileHeader header, ReadOnlySpan<byte> tile, string location)
    {
        Span<float> scales = stackalloc float[TileHeader.RowsPerTile];
        TileReader.ReadScales(tile, scales);
        foreach (float scale in scales)
        {
            if (!float.IsFinite(scale) || scale < 0)
            {
                throw Damaged(
                    $"'{header}' of {Name} has the scale {scale}; finite numbers from 0 are wanted",
                    location);
            }
        }

        lock (block)
        {
            if (block.HasScales)
            {
                throw Damaged($"'{header}' of {Name} is there for the second time", location);
            }

            block.HasScales = true;
        }
    }

    private void TakeWeights(Block block, TileHeader header, ReadOnlySpan<byte> tile, string location)
    {
        int groups = header.Format.GroupsIn(_columns);
        if (header.Group >= groups)
        {
            throw Damaged($"'{header}' of {Name}, whose {_columns} columns have {groups} groups", location);
        }

        Span<sbyte> codes = stackalloc sbyte[TileHeader.RowsPerTile * header.GroupSize];
        Span<byte> multipliers = stackalloc byte[TileHeader.RowsPerTile];
        TileReader.Unpack(tile, codes, multipliers);
        int columns = Math.Min(header.GroupSize, _columns - (header.Group * header.GroupSize));
        Span<long> sums = stackalloc long[TileHeader.RowsPerTile];
        for (int r = 0; r < TileHeader.RowsPerTile; r++)
        {
            ReadOnlySpan<sbyte> row = codes.Slice(r * header.GroupSize, header.GroupSize);
            if (row[columns..].ContainsAnyExcept((sbyte)0))
            {
                throw Damaged($"'{header}' of {Name} has weights beyond its {_columns} columns", location);
            }

            sums[r] = SumOf(row) * (long)multipliers[r];
        }

        lock (block)
        {
            block.Groups ??= new bool[groups];
            block.Format = block.Format == default ? header.Format : block.Format;
            if (block.Format != header.Format || block.Groups[header.Group])
            {
                string fault = block.Format != header.Format
                    ? $"is among tiles of {block.Format}"
                    : "is there for the second time";
                throw Damaged($"'{header}' of {Name} {fault}", location);
            }

            block.Groups[header.Group] = true;
            for (int r = 0; r < sums.Length; r++)
            {
                block.Sums[r] += sums[r];
            }
        }
    }

    private static int SumOf(ReadOnlySpan<sbyte> codes)
    {
        int sum = 0;
        foreach (sbyte code in codes)
        {
            sum += Math.Abs((int)code);
        }

        return sum;
    }

    private static CompilationException Damaged(string message, string location) =>
        new(Codes.ImageDamaged, message, location, "fetch or compile the image again");

    private sealed class Block
    {
        public bool HasScales { get; set; }

        public bool[]? Groups { get; set; }

        public QuantizedFormat Format { get; set; }

        /// <summary>By row: Σ |code · multiplier|.</summary>
        public long[] Sums { get; } = new long[TileHeader.RowsPerTile];
    }
}
