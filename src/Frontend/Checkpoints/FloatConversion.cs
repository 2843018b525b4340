using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Flightc.Checkpoints;

/// <summary>
/// Stored floating-point numbers as binary32: exact for 16 and 32 bits, rounded half to even for 64.
/// </summary>
/// <remarks>The vector loops and their scalar tails compute the same bits, NaN payloads included. They are compiled at once for speed.</remarks>
internal static class FloatConversion
{
    private const uint Sign16 = 0x8000;
    private const uint Exponent16 = 0x7C00;
    private const uint Magnitude16 = 0x7FFF;
    private const uint Exponent32 = 0x7F80_0000;

    // A binary16's bits, moved to where binary32 has them, mean a number 2^112 too small (biases 15 and 127).
    // The product is exact, and it normalises subnormals on the way.
    private const uint TwoTo112 = (127 + 112) << 23;

    /// <summary>Widens binary16.</summary>
    /// <param name="source">Two bytes per element, little-endian, not aligned.</param>
    /// <param name="destination">As many elements as <paramref name="source"/> has.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FromHalf(ReadOnlySpan<byte> source, Span<float> destination)
    {
        ref byte from = ref MemoryMarshal.GetReference(source);
        int i = 0;
        for (; i <= destination.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(
                Vector256.LoadUnsafe(ref from, (nuint)i * 2).AsUInt16());
            Half(low).CopyTo(destination[i..]);
            Half(high).CopyTo(destination[(i + Vector256<float>.Count)..]);
        }

        for (; i < destination.Length; i++)
        {
            destination[i] = Half(Vector256.Create((uint)Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref from, i * 2)))).ToScalar();
        }
    }

    /// <summary>Widens bfloat16: its bits are the upper half of the binary32.</summary>
    /// <param name="source">Two bytes per element, little-endian, not aligned.</param>
    /// <param name="destination">As many elements as <paramref name="source"/> has.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FromBFloat16(ReadOnlySpan<byte> source, Span<float> destination)
    {
        ref byte from = ref MemoryMarshal.GetReference(source);
        int i = 0;
        for (; i <= destination.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(
                Vector256.LoadUnsafe(ref from, (nuint)i * 2).AsUInt16());
            (low << 16).AsSingle().CopyTo(destination[i..]);
            (high << 16).AsSingle().CopyTo(destination[(i + Vector256<float>.Count)..]);
        }

        for (; i < destination.Length; i++)
        {
            uint bits = Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref from, i * 2));
            destination[i] = BitConverter.UInt32BitsToSingle(bits << 16);
        }
    }

    /// <summary>Rounds binary64 half to even; what exceeds binary32 becomes infinite.</summary>
    /// <param name="source">Eight bytes per element, little-endian, not aligned.</param>
    /// <param name="destination">As many elements as <paramref name="source"/> has.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FromDouble(ReadOnlySpan<byte> source, Span<float> destination)
    {
        ref byte from = ref MemoryMarshal.GetReference(source);
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = (float)Unsafe.ReadUnaligned<double>(ref Unsafe.Add(ref from, (nint)i * 8));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Half(Vector256<uint> bits)
    {
        Vector256<uint> sign = (bits & Vector256.Create(Sign16)) << 16;
        Vector256<uint> moved = (bits & Vector256.Create(Magnitude16)) << 13;
        Vector256<uint> finite = (moved.AsSingle() * Vector256.Create(TwoTo112).AsSingle()).AsUInt32();
        Vector256<uint> isSpecial = Vector256.Equals(
            bits & Vector256.Create(Exponent16), Vector256.Create(Exponent16));
        Vector256<uint> special = moved | Vector256.Create(Exponent32);
        return (sign | Vector256.ConditionalSelect(isSpecial, special, finite)).AsSingle();
    }
}
