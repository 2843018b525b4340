using System.Runtime.InteropServices;
using Flightc.Diagnostics;

namespace Flightc.Runtime.Interpretation;

/// <summary>
/// The scratch memory of one core. Every access is checked; what a step has not written reads as poison.
/// </summary>
internal sealed class Scratch
{
    // As binary32 and as the upper binary16 a NaN, as INT8 codes not 0, as INT64 negative: whoever reads it shows it.
    private const uint Poison = 0xFFE5A5A5;

    private readonly byte[] _bytes;

    public Scratch(long size)
    {
        if (size < 0 || size > Array.MaxLength)
        {
            throw new CompilationException(
                Codes.DeviceUnsupported,
                $"the program wants {size} bytes of scratch; the interpreter models up to {Array.MaxLength}");
        }

        _bytes = new byte[size];
    }

    /// <summary>Size in bytes.</summary>
    public long Size => _bytes.Length;

    /// <summary>
    /// Whether a number is what nobody wrote, or was made of it: NaN keeps its payload through arithmetic.
    /// </summary>
    public static bool IsPoison(float value) =>
        float.IsNaN(value) && ((BitConverter.SingleToUInt32Bits(value) ^ Poison) & 0x3FFFFF) == 0;

    /// <summary>Forgets everything.</summary>
    public void Fill()
    {
        Span<byte> whole = _bytes;
        MemoryMarshal.Cast<byte, uint>(whole).Fill(Poison);
        whole[(_bytes.Length & ~3)..].Fill((byte)(Poison & 0xFF));
    }

    /// <summary>Bytes at an address.</summary>
    /// <exception cref="CompilationException">They do not all lie in the scratch (FLC4001).</exception>
    public Span<byte> Bytes(long address, long count) =>
        address >= 0 && count >= 0 && count <= _bytes.Length && address <= _bytes.Length - count
            ? _bytes.AsSpan((int)address, (int)count)
            : throw new CompilationException(
                Codes.ProgramInvalid,
                $"the instruction accesses {count} bytes at {address} of a scratch of {_bytes.Length}");

    /// <summary>INT8 codes at an address.</summary>
    public Span<sbyte> Signed(long address, long count) => MemoryMarshal.Cast<byte, sbyte>(Bytes(address, count));

    /// <summary>Elements of a size of several bytes at an address.</summary>
    public Span<T> Elements<T>(long address, long count)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(Bytes(address, Length<T>(count)));

    /// <summary>binary32 values at an address.</summary>
    public Span<float> Floats(long address, long count) => Elements<float>(address, count);

    /// <summary>The binary32 at an address.</summary>
    public ref float Float(long address) => ref Elements<float>(address, 1)[0];

    private static long Length<T>(long count)
        where T : unmanaged
    {
        int size = System.Runtime.CompilerServices.Unsafe.SizeOf<T>();

        // A count so large that its bytes overflow cannot fit either; -1 never passes the check.
        return count >= 0 && count <= long.MaxValue / size ? count * size : -1;
    }
}
