using Flightc.Diagnostics;
using Flightc.Packing;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>One thread's share of a product: it takes tiles off a ring and adds them to its own sums.</summary>
internal sealed unsafe class TileWalk : IDisposable
{
    private const int LastFlag = 4;
    private const int SpreadBytes = TileHeader.MaxBlocks * 256;
    private const int BounceBytes = TileHeader.MaxTileBytes + NativeBuffer.Slack;

    private readonly VectorPath _path;
    private readonly TileShape _shape = new();
    private readonly NativeBuffer _sums = new();
    private readonly NativeBuffer _work = new();
    private readonly byte* _spread;
    private readonly byte* _bounce;
    private readonly int* _numbers;

    private Activations? _activations;
    private float* _rowScales;
    private int _blocks;
    private int _columns;
    private int _tokens;

    public TileWalk(VectorPath path)
    {
        _path = path;
        _spread = _work.Ensure(SpreadBytes + BounceBytes + (4 * TileHeader.MaxBlocks));
        _numbers = (int*)(_spread + SpreadBytes);
        _bounce = (byte*)(_numbers + TileHeader.MaxBlocks);
    }

    /// <summary>This thread's (row blocks, tokens, 16) sums, or null if it had no tile of the product.</summary>
    public int* Sums { get; private set; }

    /// <summary>Begins a product.</summary>
    /// <param name="activations">The activations.</param>
    /// <param name="rowScales">Where the scales of rows go: (row blocks, 16).</param>
    /// <param name="blocks">Row blocks of the product.</param>
    /// <param name="columns">K.</param>
    /// <param name="tokens">T.</param>
    public void Begin(Activations activations, float* rowScales, int blocks, int columns, int tokens)
    {
        Sums = null;
        _rowScales = rowScales;
        (_activations, _blocks, _columns, _tokens) = (activations, blocks, columns, tokens);
    }

    /// <summary>Takes tiles up to the last of the product, or for a while.</summary>
    /// <param name="ring">The ring of one channel.</param>
    /// <param name="budget">Bytes after which to stop, at the end of a tile.</param>
    /// <exception cref="CompilationException">A tile is damaged or is not one of this product (FLC4005).</exception>
    public ChannelProgress Consume(ByteQueue ring, long budget)
    {
        if (Sums == null)
        {
            Sums = (int*)_sums.Zeroed(64L * _blocks * _tokens);
        }

        while (budget > 0)
        {
            long direct = ring.HeadLength - BounceBytes;
            if (direct >= 0)
            {
                bool last = false;
                byte* head = ring.Head;
                long at = 0;
                while (at <= direct && at < budget && !last)
                {
                    ulong word = *(ulong*)(head + at);
                    at += Tile(head + at, word);
                    last = (word & LastFlag) != 0;
                }

                ring.Pop(at);
                budget -= at;
                if (last)
                {
                    return ChannelProgress.Finished;
                }
            }
            else if (!ConsumeNearEnd(ring, out bool last))
            {
                return ChannelProgress.Dry;
            }
            else if (last)
            {
                return ChannelProgress.Finished;
            }
            else
            {
                budget -= TileHeader.HeaderBytes;
            }
        }

        return ChannelProgress.Open;
    }

    public void Dispose()
    {
        _sums.Dispose();
        _work.Dispose();
    }

    // Where a run of memory ends, a tile may go on in the next, and loads of whole registers would read past
    // the end: the tile is copied.
    private bool ConsumeNearEnd(ByteQueue ring, out bool last)
    {
        last = false;
        if (ring.Available < TileHeader.HeaderBytes)
        {
            return false;
        }

        ulong word;
        ring.Peek((byte*)&word, TileHeader.HeaderBytes);
        long bytes = TileHeader.Parse(word).TileBytes;
        if (ring.Available < bytes)
        {
            return false;
        }

        ring.Peek(_bounce, bytes);
        ring.Pop(Tile(_bounce, word));
        last = (word & LastFlag) != 0;
        return true;
    }

    // Handles one tile; returns its size.
    private int Tile(byte* tile, ulong word)
    {
        if ((word & 3) != (int)TileKind.Weights)
        {
            return Other(tile, word);
        }

        TileShape shape = _shape;
        if (word >> TileShape.KeyBit != shape.Key)
        {
            shape.Set(word);
        }

        int rowBlock = (int)(word >> 3) & (TileHeader.MaxIndex - 1);
        int column = ((int)(word >> 17) & (TileHeader.MaxIndex - 1)) * shape.GroupSize;
        if (rowBlock >= _blocks || column >= _columns
            || (shape.End > 0 && column + (16 * (shape.End - 1)) >= _columns))
        {
            throw Foreign(word);
        }

        Activations activations = _activations!;
        long row = (long)(column / Activations.Panel) * _tokens;
        TileOperands operands = new()
        {
            X = activations.Codes + (row * Activations.Panel) + (column % Activations.Panel),
            Wide = activations.Wide + (row * Activations.Panel) + (column % Activations.Panel),
            Before = activations.Before + (row * Activations.BeforeStride) + (column % Activations.Panel / 16),
            Tokens = _tokens,
            Sums = Sums + (16L * rowBlock * _tokens),
            Multipliers = tile + TileHeader.MultipliersAt,
        };
        if (_tokens == 1 && shape.DensePrefix >= 0 && _path == VectorPath.Avx512 && shape.Bits < 8)
        {
            TileProduct512.AddDense(tile + TileHeader.BlocksAt, shape.DensePrefix, shape.Bits, operands);
        }
        else
        {
            AddSpread(tile + TileHeader.BlocksAt, shape, operands);
        }

        return shape.Bytes;
    }

    private void AddSpread(byte* source, TileShape shape, in TileOperands operands)
    {
        byte* codes = _spread;
        int count = 0;
        if (shape.DensePrefix >= 0)
        {
            for (; count < shape.DensePrefix; count++)
            {
                _numbers[count] = count;
            }

            if (shape.Bits == 8)
            {
                codes = source;
            }
            else
            {
                DenseCodes.Spread(_path, source, 4 * count, shape.Bits, codes);
            }
        }
        else
        {
            for (int i = 0; i < shape.End; i++)
            {
                BlockForm form = shape.Block(i);
                if (form.Layout == BlockLayout.Absent)
                {
                    continue;
                }

                if (form.Layout == BlockLayout.Dense)
                {
                    DenseCodes.Spread(_path, source, 4, shape.Bits, codes + (256 * count));
                }
                else
                {
                    BlockExpansion.Expand(source, form, shape.Bits, codes + (256 * count));
                }

                _numbers[count++] = i;
                source += form.Bytes;
            }
        }

        if (count > 0)
        {
            TileProduct.Add(_path, codes, _numbers, count, shape.Bits, operands);
        }
    }

    private int Other(byte* tile, ulong word)
    {
        TileHeader header = TileHeader.Parse(word);
        if (header.Kind == TileKind.Scales)
        {
            if (header.RowBlock >= _blocks)
            {
                throw Foreign(word);
            }

            TileReader.ReadScales(
                new ReadOnlySpan<byte>(tile, (int)header.TileBytes),
                new Span<float>(_rowScales + (16 * header.RowBlock), TileHeader.RowsPerTile));
        }

        return (int)header.TileBytes;
    }

    private CompilationException Foreign(ulong word) =>
        new(
            Codes.ImageDamaged,
            $"the weight stream has the tile '{TileHeader.Parse(word)}' in a product of {_blocks} row blocks and {_columns} columns",
            "", "write the image again");
}
