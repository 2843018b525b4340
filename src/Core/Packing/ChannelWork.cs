namespace Flightc.Packing;

/// <summary>
/// What one matrix product takes off one channel's weight ring, and what the matrix engine does with it.
/// </summary>
/// <param name="CodeBytes">Bytes of codes, and of nothing else.</param>
/// <param name="ScaleBytes">Bytes of row scales, multipliers and tile headers, end tiles among them.</param>
/// <param name="IndexBytes">Bytes of masks and column indices of sparse blocks.</param>
/// <param name="DenseMacs">Multiply-accumulates per token of blocks stored dense, 256 each: rows and columns of a
/// block beyond the matrix count.</param>
/// <param name="SparseMacs">Multiply-accumulates per token of sparse blocks: codes kept, by 16 rows.</param>
public readonly record struct ChannelWork(
    long CodeBytes, long ScaleBytes, long IndexBytes, long DenseMacs, long SparseMacs)
{
    /// <summary>Bytes of all tiles.</summary>
    public long Bytes => CodeBytes + ScaleBytes + IndexBytes;

    /// <summary>Multiply-accumulates per token.</summary>
    public long Macs => DenseMacs + SparseMacs;

    /// <summary>The sums, number by number.</summary>
    public static ChannelWork operator +(ChannelWork left, ChannelWork right) => new(
        left.CodeBytes + right.CodeBytes, left.ScaleBytes + right.ScaleBytes, left.IndexBytes + right.IndexBytes,
        left.DenseMacs + right.DenseMacs, left.SparseMacs + right.SparseMacs);

    /// <summary>So many times the same.</summary>
    public static ChannelWork operator *(ChannelWork work, long times) => new(
        work.CodeBytes * times, work.ScaleBytes * times, work.IndexBytes * times, work.DenseMacs * times,
        work.SparseMacs * times);

    /// <summary>The work of one tile.</summary>
    public static ChannelWork Of(TileHeader header)
    {
        if (header.Kind != TileKind.Weights)
        {
            return new ChannelWork(0, header.TileBytes, 0, 0, 0);
        }

        ChannelWork work = new(0, TileHeader.BlocksAt, 0, 0, 0);
        for (int i = 0; i < header.Blocks; i++)
        {
            work += Of(header.Block(i), header.Bits);
        }

        return work;
    }

    /// <summary>The work of a block of weights.</summary>
    /// <param name="form">How it is stored.</param>
    /// <param name="bits">Width of a code.</param>
    public static ChannelWork Of(BlockForm form, int bits)
    {
        long kept = (long)form.Kept * BlockForm.Side;
        long codes = kept * bits / 8;
        bool isDense = form.Layout == BlockLayout.Dense;
        return new ChannelWork(codes, 0, form.Bytes - codes, isDense ? kept : 0, isDense ? 0 : kept);
    }
}
