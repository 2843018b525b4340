using System.Runtime.InteropServices;
using Flightc.Diagnostics;

namespace Flightc.Runtime.Emulation;

/// <summary>
/// The scratch memory of one core. Nothing gets a pointer into it without saying how far it will go.
/// </summary>
internal sealed unsafe class ScratchMemory : IDisposable
{
    private readonly byte* _allocated;
    private readonly byte* _start;
    private readonly long _bytes;

    /// <summary>Allocates it; all bytes are 0.</summary>
    /// <exception cref="CompilationException">There is not enough memory (FLC9003).</exception>
    public ScratchMemory(long bytes)
    {
        _bytes = Math.Max(0, bytes);
        try
        {
            _allocated = (byte*)NativeMemory.AllocZeroed(checked((nuint)(_bytes + 64 + NativeBuffer.Slack)));
        }
        catch (Exception e) when (e is OutOfMemoryException or OverflowException)
        {
            throw new CompilationException(
                Codes.OutOfMemory, $"there is no room for {bytes} bytes of scratch memory", inner: e);
        }

        _start = (byte*)(((nint)_allocated + 63) & ~(nint)63);
    }

    ~ScratchMemory() => NativeMemory.Free(_allocated);

    /// <summary>Consecutive bytes.</summary>
    /// <exception cref="CompilationException">They do not all lie in scratch (FLC4001).</exception>
    public byte* Range(long address, long bytes, string field) =>
        address >= 0 && bytes >= 0 && address <= _bytes - bytes
            ? _start + address
            : throw Outside(address, bytes, field);

    /// <summary>Rows at a stride.</summary>
    /// <param name="address">Of the first row.</param>
    /// <param name="stride">Bytes between rows; not used where there is at most one.</param>
    /// <param name="rows">How many; nothing is checked where there are none.</param>
    /// <param name="bytes">Bytes of each row.</param>
    /// <param name="field">Name of the address field, for the message.</param>
    /// <exception cref="CompilationException">A row does not lie in scratch (FLC4001).</exception>
    public byte* Rows(long address, long stride, long rows, long bytes, string field)
    {
        if (rows <= 0 || bytes == 0)
        {
            return _start;
        }

        Int128 end = address + ((Int128)stride * (rows - 1)) + bytes;
        bool inside = address >= 0 && bytes > 0 && (rows == 1 || stride >= 0) && end <= _bytes;
        return inside ? _start + address : throw Outside(address, end - address, field);
    }

    /// <summary>The whole memory, for comparisons in tests.</summary>
    public ReadOnlySpan<byte> Bytes => new(_start, checked((int)_bytes));

    public void Dispose()
    {
        NativeMemory.Free(_allocated);
        GC.SuppressFinalize(this);
    }

    private CompilationException Outside(long address, Int128 bytes, string field) =>
        new(
            Codes.ProgramInvalid,
            $"'{field}' names {bytes} bytes at {address} of a scratch memory of {_bytes} bytes");
}
