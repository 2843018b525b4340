using Flightc.Packing;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>One thread's share of a product of several tokens: it adds tiles to its own sums.</summary>
internal sealed unsafe class ManyTokenWalk : TileWalk
{
    private const int SpreadBytes = TileHeader.MaxBlocks * 256;

    private readonly VectorPath _path;
    private readonly TileShape _shape = new();
    private readonly NativeBuffer _sums = new();
    private readonly NativeBuffer _work = new();
    private readonly byte* _spread;
    private readonly int* _numbers;

    private Activations? _activations;
    private int _tokens;

    public ManyTokenWalk(VectorPath path)
    {
        _path = path;
        _spread = _work.Ensure(SpreadBytes + (4 * TileHeader.MaxBlocks));
        _numbers = (int*)(_spread + SpreadBytes);
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
        RowScales = rowScales;
        (Blocks, Columns) = (blocks, columns);
        (_activations, _tokens) = (activations, tokens);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _sums.Dispose();
        _work.Dispose();
    }

    /// <inheritdoc/>
    protected override void Prepare()
    {
        if (Sums == null)
        {
            Sums = (int*)_sums.Zeroed(64L * Blocks * _tokens);
        }
    }

    /// <inheritdoc/>
    protected override long Run(byte* tiles, long furthest, out bool last)
    {
        last = false;
        long at = 0;
        while (at <= furthest && !last)
        {
            ulong word = *(ulong*)(tiles + at);
            at += Tile(tiles + at, word);
            last = IsLast(word);
        }

        return at;
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
        if (rowBlock >= Blocks || column >= Columns
            || (shape.End > 0 && column + (16 * (shape.End - 1)) >= Columns))
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
        AddSpread(tile + TileHeader.BlocksAt, shape, operands);
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
}
