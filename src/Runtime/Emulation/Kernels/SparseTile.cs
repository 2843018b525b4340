using Flightc.Packing;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// Tiles whose blocks have forms of their own against one token: every block is written out, a byte per code,
/// and then multiplied. It is also the definition of what the kernels for dense tiles compute.
/// </summary>
internal sealed unsafe class SparseTile(VectorPath path) : IDisposable
{
    private readonly NativeBuffer _codes = new();

    /// <summary>Takes tiles as long as they are of one shape.</summary>
    /// <param name="tile">The first tile; its header has the shape.</param>
    /// <param name="furthest">The last address at which a tile may begin.</param>
    /// <param name="shape">The shape.</param>
    /// <param name="operands">Everything else.</param>
    /// <param name="last">Whether the last tile taken has the flag of the last.</param>
    /// <returns>Where the next tile is, as of <see cref="TokenProduct512.AddDense"/>.</returns>
    public byte* Add(byte* tile, byte* furthest, TileShape shape, in TokenOperands operands, out bool last)
    {
        byte* codes = _codes.Ensure(256 * TileHeader.MaxBlocks);
        int* numbers = stackalloc int[TileHeader.MaxBlocks];
        int bias = 1 << (shape.Bits - 1);
        last = false;
        do
        {
            ulong word = *(ulong*)tile;
            int rowBlock = (int)(word >> 3) & (TileHeader.MaxIndex - 1);
            int group = (int)(word >> 17) & (TileHeader.MaxIndex - 1);
            if ((word & 3) != (int)TileKind.Weights || word >> TileShape.KeyBit != shape.Key || rowBlock >= operands.RowBlocks
                || group >= operands.Groups)
            {
                return tile;
            }

            int block = group * (shape.GroupSize / 16);
            int count = Spread(tile + TileHeader.BlocksAt, shape, codes, numbers);
            if (count > 0)
            {
                SpreadProduct.Add(
                    path, codes, numbers, count, bias, operands.X + (16 * block), operands.Before + block,
                    tile + TileHeader.MultipliersAt, operands.Sums + (16 * rowBlock));
            }

            tile += shape.Bytes;
            last = (word & 4) != 0;
        }
        while (!last && tile <= furthest);

        return tile;
    }

    /// <inheritdoc/>
    public void Dispose() => _codes.Dispose();

    private int Spread(byte* source, TileShape shape, byte* codes, int* numbers)
    {
        int count = 0;
        for (int i = 0; i < shape.End; i++)
        {
            BlockForm form = shape.Block(i);
            if (form.Layout == BlockLayout.Absent)
            {
                continue;
            }

            if (form.Layout == BlockLayout.Dense)
            {
                DenseCodes.Spread(path, source, 4, shape.Bits, codes + (256 * count));
            }
            else
            {
                BlockExpansion.Expand(source, form, shape.Bits, codes + (256 * count));
            }

            numbers[count++] = i;
            source += form.Bytes;
        }

        if (shape.Bits == 8)
        {
            // These have not been made unsigned.
            for (ulong* eight = (ulong*)codes, end = eight + (32 * count); eight < end; eight++)
            {
                *eight ^= 0x8080808080808080;
            }
        }

        return count;
    }
}
