using Flightc.Isa;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>The block mask of an attention instruction, in scratch: docs/isa.md, <c>mm.score</c> and <c>ld.kvmask</c>.</summary>
internal unsafe struct MaskBits
{
    private byte* _first;
    private long _stride, _pitch;
    private int _firstBlock;

    /// <summary>Whether there is a mask.</summary>
    public readonly bool Exists => _first != null;

    /// <summary>Finds the strings in scratch.</summary>
    /// <param name="scratch">The core's scratch.</param>
    /// <param name="address">Address of the first query head's string.</param>
    /// <param name="stride">Bytes between blocks of queries.</param>
    /// <param name="pitch">Bytes between query heads.</param>
    /// <param name="queryHeads">Query heads.</param>
    /// <param name="past">Tokens before the step.</param>
    /// <param name="tokens">Tokens of the step.</param>
    /// <param name="lastKey">The last key that is asked for.</param>
    /// <exception cref="Diagnostics.CompilationException">They do not lie in scratch (FLC4001).</exception>
    public static MaskBits Of(
        ScratchMemory scratch, Operand address, int stride, int pitch, long queryHeads, int past, int tokens, long lastKey)
    {
        int firstBlock = past / 64;
        long rows = tokens == 0 ? 0 : ((((long)past + tokens - 1) / 64) - firstBlock + 1);
        long bytes = queryHeads == 0 || lastKey < 0 ? 0 : ((queryHeads - 1) * pitch) + (lastKey / 512) + 1;
        return new MaskBits
        {
            _first = scratch.Rows(address.Constant, stride, rows, bytes, "mask"),
            _stride = stride,
            _pitch = pitch,
            _firstBlock = firstBlock,
        };
    }

    /// <summary>Whether a query head keeps a block of keys for the query at a position.</summary>
    public readonly bool Keeps(long head, int query, int keyBlock) =>
        (_first[(((query / 64) - _firstBlock) * _stride) + (head * _pitch) + (keyBlock / 8)] >> (keyBlock % 8) & 1) != 0;
}
