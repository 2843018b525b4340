using Flightc.Diagnostics;
using Flightc.Packing;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// One thread's share of a product of one token: it takes tiles off a ring, also over the ends of runs of memory, and reads
/// those that are no weights.
/// </summary>
internal abstract unsafe class TileWalk : IDisposable
{
    private const int BounceBytes = TileHeader.MaxTileBytes + NativeBuffer.Slack;

    private readonly NativeBuffer _work = new();
    private readonly byte* _bounce;

    /// <summary>Makes a walk.</summary>
    protected TileWalk() => _bounce = _work.Ensure(BounceBytes);

    /// <summary>Where the scales of rows go: (row blocks, 16).</summary>
    protected float* RowScales { get; set; }

    /// <summary>Row blocks of the product.</summary>
    protected int Blocks { get; set; }

    /// <summary>K.</summary>
    protected int Columns { get; set; }

    /// <summary>Takes tiles up to the last of the product, or for a while.</summary>
    /// <param name="ring">The ring of one channel.</param>
    /// <param name="budget">Bytes after which to stop, at the end of a tile.</param>
    /// <exception cref="CompilationException">A tile is damaged or is not one of this product (FLC4005).</exception>
    public ChannelProgress Consume(ByteQueue ring, long budget)
    {
        Prepare();
        while (budget > 0)
        {
            long direct = ring.HeadLength - BounceBytes;
            if (direct >= 0)
            {
                long taken = Run(ring.Head, Math.Min(direct, budget - 1), out bool last);
                ring.Pop(taken);
                budget -= taken;
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

    /// <inheritdoc/>
    public virtual void Dispose() => _work.Dispose();

    /// <summary>Called before tiles are taken.</summary>
    protected abstract void Prepare();

    /// <summary>Handles the tiles that begin at most so far from the first, up to the last of the product.</summary>
    /// <param name="tiles">The first; whole registers may be read past the end of any.</param>
    /// <param name="furthest">How far from the first tile another may begin.</param>
    /// <param name="last">Whether the last handled is the product's last in the channel.</param>
    /// <returns>Bytes of all that were handled.</returns>
    protected abstract long Run(byte* tiles, long furthest, out bool last);

    /// <summary>Whether a header has the flag of a product's last tile in a channel.</summary>
    protected static bool IsLast(ulong word) => (word & 4) != 0;

    /// <summary>Handles a tile that is no weights.</summary>
    /// <param name="tile">The tile.</param>
    /// <param name="word">Its header.</param>
    /// <returns>Its size.</returns>
    protected int Other(byte* tile, ulong word)
    {
        TileHeader header = TileHeader.Parse(word);
        if (header.Kind == TileKind.Scales)
        {
            if (header.RowBlock >= Blocks)
            {
                throw Foreign(word);
            }

            TileReader.ReadScales(
                new ReadOnlySpan<byte>(tile, (int)header.TileBytes),
                new Span<float>(RowScales + (16 * header.RowBlock), TileHeader.RowsPerTile));
        }

        return (int)header.TileBytes;
    }

    /// <summary>What to throw at a tile that does not fit the product.</summary>
    /// <param name="word">Its header.</param>
    protected CompilationException Foreign(ulong word) =>
        new(
            Codes.ImageDamaged,
            $"the weight stream has the tile '{TileHeader.Parse(word)}' in a product of {Blocks} row blocks and {Columns} columns",
            "", "write the image again");

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
        ring.Pop(Run(_bounce, 0, out last));
        return true;
    }
}
