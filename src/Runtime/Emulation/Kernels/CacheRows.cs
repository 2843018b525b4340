using Flightc.Diagnostics;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>Takes the rows of one KV head off the rings of a core: keys with their scales, or values.</summary>
internal sealed unsafe class CacheRows : IDisposable
{
    private NativeBuffer[] _copies = [];
    private byte*[] _starts = [];

    /// <summary>Bytes between rows.</summary>
    public int RowBytes { get; private set; }

    /// <summary>Whether every ring has that many bytes.</summary>
    public static bool Has(EmulatedCore core, long bytes)
    {
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

        long bytes = (long)rows * rowBytes;
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

    /// <summary>A row that was taken.</summary>
    public byte* Row(int channel, long row) => _starts[channel] + (row * RowBytes);

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
