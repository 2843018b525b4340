namespace Flightc.Isa.Hazards;

/// <summary>
/// Rows of the KV cache that one instruction reads or writes: in every channel of its core those with a token in a range.
/// </summary>
/// <param name="Number">Number of the instruction among the loads, or the stores, of the cache as executed.</param>
/// <param name="Address">Address of row <paramref name="FirstRow"/>.</param>
/// <param name="Pitch">Bytes between rows.</param>
/// <param name="Bytes">Bytes accessed of a row.</param>
/// <param name="FirstRow">Row of slots that lies at the address.</param>
/// <param name="Rows">Rows of slots; none beyond is accessed.</param>
/// <param name="Rotation">Offset of the channel.</param>
/// <param name="Spread">The channels over which tokens are spread: all of the machine, or those of the core.</param>
/// <param name="FirstToken">First token of the range.</param>
/// <param name="EndToken">The token after the last.</param>
internal readonly record struct CacheRows(
    int Number, long Address, long Pitch, long Bytes, long FirstRow, long Rows, long Rotation, ChannelRange Spread, long FirstToken, long EndToken)
{
    /// <summary>No row of any channel lies before this address.</summary>
    public long Start => Address + (Math.Max(0, (FirstToken / Spread.Count) - FirstRow) * Pitch);

    /// <summary>No row of any channel ends after this address; not above <see cref="Start"/> where there are none.</summary>
    public long End =>
        Address + (Math.Min(Rows, ((EndToken + Spread.Count - 1) / Spread.Count) - FirstRow) * Pitch) - Pitch + Bytes;

    /// <summary>The bytes in one channel; null where there are none.</summary>
    /// <param name="channel">Number of the channel in the machine.</param>
    public ByteRows? In(int channel)
    {
        long first = Math.Max(RowsBelow(channel, FirstToken), FirstRow);
        long end = Math.Min(RowsBelow(channel, EndToken), FirstRow + Rows);
        return first < end && Bytes > 0
            ? ByteRows.Of(channel, Address + ((first - FirstRow) * Pitch), end - first, Pitch, Bytes)
            : null;
    }

    /// <summary>How many rows of a channel, from row 0 on, hold tokens u(r, i) of <c>mm.score</c> that are below one.</summary>
    private long RowsBelow(int channel, long token)
    {
        long channels = Spread.Count;
        long first = (((channel - Spread.First - Rotation) % channels) + channels) % channels;
        return token <= first ? 0 : (token - first + channels - 1) / channels;
    }
}
