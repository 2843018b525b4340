namespace Flightc.Runtime.Interpretation;

/// <summary>The block mask of an attention instruction, in scratch: docs/isa.md, <c>mm.score</c> and <c>ld.kvmask</c>.</summary>
/// <param name="scratch">The core's scratch.</param>
/// <param name="address">Address of the first query head's string.</param>
/// <param name="stride">Bytes between blocks of queries.</param>
/// <param name="pitch">Bytes between query heads.</param>
/// <param name="past">Tokens before the step.</param>
internal sealed class BlockMaskBits(Scratch scratch, long address, long stride, long pitch, long past)
{
    private const int BlockTokens = 64;

    /// <summary>Whether a query head's string keeps a key for the query at a position.</summary>
    public bool Keeps(long head, long query, long key)
    {
        long row = (query / BlockTokens) - (past / BlockTokens);
        long bit = key / BlockTokens;
        byte bits = scratch.Bytes(address + (row * stride) + (head * pitch) + (bit / 8), 1)[0];
        return (bits >> (int)(bit % 8) & 1) == 1;
    }

    /// <summary>Whether any of some query heads keeps any of some keys for any token of the step.</summary>
    /// <param name="firstHead">The first of the heads.</param>
    /// <param name="heads">How many.</param>
    /// <param name="tokens">Tokens of the step.</param>
    /// <param name="firstKey">The first key.</param>
    /// <param name="endKey">The key behind the last.</param>
    public bool KeepsAny(long firstHead, long heads, long tokens, long firstKey, long endKey)
    {
        for (long head = firstHead; head < firstHead + heads; head++)
        {
            for (long query = past; query < past + tokens; query++)
            {
                for (long key = firstKey; key < endKey; key++)
                {
                    if (Keeps(head, query, key))
                    {
                        return true;
                    }
                }
            }
        }

        return false;
    }
}
