using Flightc.Packing;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>One thread's share of a product of one token: it adds tiles to its own sums.</summary>
internal sealed unsafe class OneTokenWalk(VectorPath path) : TileWalk
{
    private readonly TileShape _shape = new();
    private readonly SparseTile _sparse = new(path);
    private readonly NativeBuffer _sums = new();
    private TokenOperands _operands;

    /// <summary>This thread's (row blocks, 16) sums, or null if it had no tile of the product.</summary>
    public int* Sums { get; private set; }

    /// <summary>Begins a product.</summary>
    /// <param name="activations">The activations.</param>
    /// <param name="rowScales">Where the scales of rows go: (row blocks, 16).</param>
    /// <param name="blocks">Row blocks of the product.</param>
    /// <param name="columns">K.</param>
    public void Begin(TokenActivations activations, float* rowScales, int blocks, int columns)
    {
        Sums = null;
        RowScales = rowScales;
        (Blocks, Columns) = (blocks, columns);
        _operands.X = activations.Codes;
        _operands.Before = activations.Before;
        _operands.RowBlocks = blocks;
        SetShape();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _sums.Dispose();
        _sparse.Dispose();
    }

    /// <inheritdoc/>
    protected override void Prepare()
    {
        if (Sums == null)
        {
            Sums = (int*)_sums.Zeroed(64L * Blocks);
            _operands.Sums = Sums;
        }
    }

    /// <inheritdoc/>
    protected override long Run(byte* tiles, long furthest, out bool last)
    {
        byte* tile = tiles;
        byte* end = tiles + furthest;
        last = false;
        while (tile <= end && !last)
        {
            ulong word = *(ulong*)tile;
            if ((word & 3) != (int)TileKind.Weights)
            {
                tile += Other(tile, word);
                last = IsLast(word);
                continue;
            }

            if (word >> TileShape.KeyBit != _shape.Key)
            {
                _shape.Set(word);
                SetShape();
            }

            byte* next = Take(tile, end, out last);
            if (next == tile)
            {
                throw Foreign(word);
            }

            tile = next;
        }

        return tile - tiles;
    }

    private void SetShape()
    {
        if (_shape.Key == ulong.MaxValue)
        {
            return;
        }

        // A tile must begin within the matrix, and so must the last block that it has.
        int lastColumn = 16 * Math.Max(0, _shape.End - 1);
        _operands.Groups = Columns <= lastColumn ? 0 : (Columns - lastColumn + _shape.GroupSize - 1) / _shape.GroupSize;
        _operands.Key = _shape.Key;
        _operands.TileBytes = _shape.Bytes;
        _operands.GroupSize = _shape.GroupSize;
        _operands.Blocks = _shape.DensePrefix;
    }

    // Takes tiles of the shape; none where the first is not one of the product.
    private byte* Take(byte* tile, byte* end, out bool last)
    {
        if (_shape.DensePrefix < 1 || path == VectorPath.Portable)
        {
            return _sparse.Add(tile, end, _shape, _operands, out last);
        }

        return _shape.Bits switch
        {
            2 => Take<CodeWidths.Two>(tile, end, out last),
            3 => Take<CodeWidths.Three>(tile, end, out last),
            4 when path == VectorPath.Avx512 => TokenProductFours512.AddDense(tile, end, _operands, out last),
            4 => Take<CodeWidths.Four>(tile, end, out last),
            5 => Take<CodeWidths.Five>(tile, end, out last),
            6 => Take<CodeWidths.Six>(tile, end, out last),
            7 => Take<CodeWidths.Seven>(tile, end, out last),
            _ => Take<CodeWidths.Eight>(tile, end, out last),
        };
    }

    private byte* Take<TWidth>(byte* tile, byte* end, out bool last)
        where TWidth : struct, ICodeWidth => path == VectorPath.Avx512
            ? TokenProduct512.AddDense<TWidth>(tile, end, _operands, out last)
            : TokenProduct256.AddDense<TWidth>(tile, end, _operands, out last);
}
