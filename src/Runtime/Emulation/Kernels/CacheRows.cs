using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>Takes the rows of one KV head off the rings of a core: keys with their scales, or values.</summary>
internal sealed unsafe class CacheRows : IDisposable
{
    private NativeBuffer[] _copies = [];
    private byte*[] _starts = [];
    private long[] _places = [];

    /// <summary>Bytes between rows.</summary>
    public int RowBytes { get; private set; }

    /// <summary>Whether so many rows have been loaded, or skipped.</summary>
    public static bool Has(EmulatedCore core, int rows, int rowBytes)
    {
        if ((core.Skipped.IsEmpty ? (long)rows * rowBytes : core.Skipped.BytesOf(rows, rowBytes)) is not { } bytes)
        {
            return false;
        }

        foreach (ByteQueue ring in core.CacheRings)
        {
            if (ring.Available < bytes)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Takes rows off every ring. They stay where they are, except where they lie in several runs of memory.
    /// </summary>
    public void Take(EmulatedCore core, int rows, int rowBytes)
    {
        RowBytes = rowBytes;
        int channels = core.CacheRings.Length;
        if (_starts.Length < channels)
        {
            _starts = new byte*[channels];
            _copies = [.. _copies, .. Enumerable.Range(_copies.Length, channels - _copies.Length).Select(_ => new NativeBuffer())];
        }

        long bytes = Place(core.Skipped, rows, rowBytes);
        for (int i = 0; i < channels; i++)
        {
            ByteQueue ring = core.CacheRings[i];
            if (bytes == 0)
            {
                _starts[i] = null;
                continue;
            }

            if (ring.HeadLength >= bytes)
            {
                _starts[i] = ring.Head;
            }
            else
            {
                _starts[i] = _copies[i].Ensure(bytes);
                ring.Peek(_starts[i], bytes);
            }

            ring.Pop(bytes);
        }
    }

    /// <summary>A row that was taken; null where it was skipped.</summary>
    public byte* Row(int channel, int row) => _places[row] < 0 ? null : _starts[channel] + _places[row];

    // Finds where each row lies among those that were not skipped.
    private long Place(SkippedRows skipped, int rows, int rowBytes)
    {
        if (_places.Length < rows)
        {
            _places = new long[Math.Max(rows, 2 * _places.Length)];
        }

        long at = 0;
        for (int r = 0; r < rows; r++)
        {
            bool isSkipped = skipped.Take(rowBytes);
            _places[r] = isSkipped ? -1 : at;
            at += isSkipped ? 0 : rowBytes;
        }

        return at;
    }

    /// <summary>
    /// Where a head's tokens are: the channel of the machine from which they are counted, and over how many
    /// channels they are spread.
    /// </summary>
    public static (int First, int All) Spread(EmulatedCore core, Operand local) =>
        local.Constant == 1 ? (core.Channels.First, core.Channels.Count) : (0, core.AllChannels);

    /// <summary>The token of row 0 of a core's channel; each next row's is a spread further.</summary>
    public static long FirstToken(EmulatedCore core, int channel, (int First, int All) spread, int rotation)
    {
        long distance = (core.Channels.First + channel - spread.First - (long)rotation) % spread.All;
        return distance < 0 ? distance + spread.All : distance;
    }

    /// <summary>The rows of a channel that hold tokens before the step, of as many as there are slots.</summary>
    /// <exception cref="CompilationException">Fewer rows are taken (FLC4001).</exception>
    public static int PastRows(long offset, int allChannels, int past, int rows, int slots)
    {
        long needed = Math.Clamp((past - offset + allChannels - 1) / allChannels, 0, slots);
        return past > offset && needed > rows
            ? throw new CompilationException(
                Codes.ProgramInvalid,
                $"{needed} rows of the KV cache are needed and {rows} are taken off the ring")
            : past > offset ? (int)needed : 0;
    }

    public void Dispose()
    {
        foreach (NativeBuffer copy in _copies)
        {
            copy.Dispose();
        }
    }
}
