using Flightc.IR;

namespace Flightc.Packing;

/// <summary>Attention masks as they lie in DDR: docs/memory.md §4. For each layer a row per block of queries, in it a bit
/// string per query head, bit j for block j of keys.</summary>
/// <param name="masks">The masks.</param>
/// <param name="contextLength">The most tokens of a sequence.</param>
/// <param name="address">Where they begin.</param>
public sealed class MaskTable(AttentionMasks masks, int contextLength, long address)
{
    private readonly int _blocks = (contextLength + LayerMask.BlockTokens - 1) / LayerMask.BlockTokens;

    /// <summary>Bytes of a query head's string.</summary>
    public int HeadBytes => (_blocks + 7) / 8;

    /// <summary>Bytes between rows.</summary>
    public int RowBytes => masks.Heads * HeadBytes;

    /// <summary>Bytes of all.</summary>
    public long Bytes => (long)masks.Layers.Count * _blocks * RowBytes;

    /// <summary>Bytes of all, without the masks themselves.</summary>
    /// <param name="layers">Layers with attention.</param>
    /// <param name="heads">Query heads of a layer.</param>
    /// <param name="contextLength">The most tokens of a sequence.</param>
    public static long BytesOf(int layers, int heads, int contextLength)
    {
        long blocks = (contextLength + LayerMask.BlockTokens - 1) / LayerMask.BlockTokens;
        return layers * blocks * heads * ((blocks + 7) / 8);
    }

    /// <summary>Reads what <see cref="Write"/> wrote: masks that are given for all blocks of the longest sequence.</summary>
    /// <param name="table">All bytes.</param>
    /// <param name="layers">Layers with attention.</param>
    /// <param name="heads">Query heads of a layer.</param>
    /// <param name="contextLength">The most tokens of a sequence.</param>
    public static AttentionMasks Read(byte[] table, int layers, int heads, int contextLength)
    {
        int blocks = (contextLength + LayerMask.BlockTokens - 1) / LayerMask.BlockTokens;
        int headBytes = (blocks + 7) / 8;
        return new AttentionMasks(
        [
            .. Enumerable.Range(0, layers).Select(layer => new LayerMask(
                heads, blocks,
                (head, queries, keys) =>
                    ((table[((((layer * blocks) + queries) * heads) + head) * headBytes + (keys / 8)] >> (keys % 8)) & 1) != 0)),
        ]);
    }

    /// <summary>Writes all bytes, in ascending addresses.</summary>
    public void Write(Stream destination)
    {
        byte[] row = new byte[RowBytes];
        foreach (LayerMask layer in masks.Layers)
        {
            for (int queries = 0; queries < _blocks; queries++)
            {
                Array.Clear(row);
                for (int head = 0; head < masks.Heads; head++)
                {
                    for (int keys = 0; keys <= queries; keys++)
                    {
                        row[(head * HeadBytes) + (keys / 8)] |= (byte)(layer.Keeps(head, queries, keys) ? 1 << (keys % 8) : 0);
                    }
                }

                destination.Write(row);
            }
        }
    }

    /// <summary>The byte at an address of DDR; 0 outside the masks.</summary>
    public byte ByteAt(long ddrAddress)
    {
        long offset = ddrAddress - address;
        if (offset < 0 || offset >= Bytes)
        {
            return 0;
        }

        (long row, long place) = Math.DivRem(offset, RowBytes);
        (int layer, int queries) = ((int)(row / _blocks), (int)(row % _blocks));
        (int head, int first) = ((int)(place / HeadBytes), (int)(place % HeadBytes) * 8);
        int bits = 0;
        for (int i = 0; i < 8 && first + i <= queries; i++)
        {
            bits |= masks.Layers[layer].Keeps(head, queries, first + i) ? 1 << i : 0;
        }

        return (byte)bits;
    }
}
