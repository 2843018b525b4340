using System.Runtime.InteropServices;
using Flightc.Diagnostics;

namespace Flightc.Runtime.Emulation;

/// <summary>
/// Memory outside the managed heap that kernels use between two instructions; it grows and is reused.
/// </summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    /// <summary>Vector loads may read this far past the end of what was asked for.</summary>
    public const int Slack = 64;

    private byte* _block;
    private long _capacity;

    ~NativeBuffer() => Free();

    /// <summary>At least <paramref name="bytes"/> bytes, aligned to 64. What was in them before is lost.</summary>
    public byte* Ensure(long bytes)
    {
        if (_block == null || bytes > _capacity)
        {
            Free();
            long capacity = Math.Max(bytes, 4096);
            try
            {
                _block = (byte*)NativeMemory.AlignedAlloc((nuint)(capacity + Slack), 64);
            }
            catch (OutOfMemoryException e)
            {
                throw new CompilationException(
                    Codes.OutOfMemory, $"there is no room for {bytes} bytes that an instruction needs",
                    inner: e);
            }

            _capacity = capacity;
        }

        return _block;
    }

    /// <summary>As <see cref="Ensure"/>, with all bytes 0.</summary>
    public byte* Zeroed(long bytes)
    {
        byte* block = Ensure(bytes);
        NativeMemory.Clear(block, (nuint)bytes);
        return block;
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_block);
        _block = null;
        _capacity = 0;
    }
}
