using System.Runtime.InteropServices;
using Flightc.Diagnostics;

namespace Flightc.Runtime.Interpretation;

/// <summary>
/// What mm.score and mm.value share: a piece is a row of slots, for which each KV ring gives one row of the
/// cache.
/// </summary>
/// <param name="core">The core.</param>
/// <param name="rows">Rows to pop.</param>
/// <param name="slots">Rows of slots.</param>
/// <param name="rowBytes">Bytes of a row.</param>
internal abstract class CacheRowExecution(CoreState core, long rows, long slots, long rowBytes) : Execution
{
    private readonly byte[][] _popped = MakeRows(core, rows, rowBytes);
    private long _row;

    /// <summary>The core.</summary>
    protected CoreState Core { get; } = core;

    /// <summary>Whether a mark was popped in the place of the current row.</summary>
    protected bool IsSkipped { get; private set; }

    /// <inheritdoc/>
    public override bool CanAdvance() => _row >= rows || Core.Marks.IsNext || EmptyRing() < 0;

    /// <inheritdoc/>
    public override void Advance()
    {
        IsSkipped = _row < rows && Core.Marks.IsNext;
        if (IsSkipped)
        {
            Core.Marks.Take();
        }
        else if (_row < rows)
        {
            Core.Marks.Pop(rowBytes);
            for (int i = 0; i < _popped.Length; i++)
            {
                Core.CacheRings[i].Pop(_popped[i]);
            }
        }

        if (_row < slots)
        {
            DoRow(_row);
        }

        _row++;
        if (_row >= Math.Max(rows, slots))
        {
            Finish();
            Done = true;
        }
    }

    /// <inheritdoc/>
    public override string Lacks()
    {
        int channel = EmptyRing();
        return $"a row of {rowBytes} bytes in the KV ring of channel {Core.Channels.First + channel}, which has {Core.CacheRings[channel].Count} bytes";
    }

    /// <summary>Computes what a row of slots contributes.</summary>
    protected abstract void DoRow(long row);

    /// <summary>Writes the results that need all rows.</summary>
    protected abstract void Finish();

    /// <summary>The bytes that the current row popped off a ring.</summary>
    /// <exception cref="CompilationException">The row lies beyond those popped (FLC4001).</exception>
    protected ReadOnlySpan<byte> Popped(int channel, long token) =>
        _row < rows
            ? _popped[channel]
            : throw new CompilationException(
                Codes.ProgramInvalid,
                $"token {token} lies in the cache, but only {rows} rows are popped and it is in row {_row}");

    /// <summary>The codes that a row begins with: a byte each, or two of four bits in a byte, the first in the low ones.</summary>
    protected static ReadOnlySpan<sbyte> CacheCodes(ReadOnlySpan<byte> row, int count, long packed)
    {
        if (packed == 0)
        {
            return MemoryMarshal.Cast<byte, sbyte>(row[..count]);
        }

        sbyte[] codes = new sbyte[count];
        for (int i = 0; i < count; i++)
        {
            int bits = (row[i / 2] >> (4 * (i % 2))) & 15;
            codes[i] = (sbyte)(bits < 8 ? bits : bits - 16);
        }

        return codes;
    }

    private int EmptyRing()
    {
        for (int i = 0; i < _popped.Length; i++)
        {
            if (Core.CacheRings[i].Count < rowBytes)
            {
                return i;
            }
        }

        return -1;
    }

    private static byte[][] MakeRows(CoreState core, long rows, long rowBytes)
    {
        byte[][] buffers = new byte[core.Channels.Count][];
        for (int i = 0; i < buffers.Length; i++)
        {
            // A row larger than the ring never arrives, and so needs no buffer either.
            buffers[i] = new byte[rows == 0 ? 0 : Math.Min(rowBytes, core.CacheRings[i].Capacity)];
        }

        return buffers;
    }
}
