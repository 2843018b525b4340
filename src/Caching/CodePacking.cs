using System.Buffers.Binary;
using System.Runtime.Intrinsics.X86;

namespace Flightc.Caching;

/// <summary>Signed codes of b bits in b bits each: eight of them take b bytes, the first in the lowest bits.</summary>
internal static class CodePacking
{
    /// <summary>Codes that are packed together.</summary>
    public const int Run = 8;

    private const ulong Lowest = 0x0101010101010101, Highest = 0x8080808080808080;

    /// <summary>Bytes of so many codes; a last run is filled with zeros.</summary>
    public static long BytesOf(long codes, int bits) => (codes + Run - 1) / Run * bits;

    /// <summary>Packs codes.</summary>
    /// <param name="codes">Of <paramref name="bits"/> bits in two's complement.</param>
    /// <param name="bits">2 … 8</param>
    /// <param name="to">Exactly as many bytes as <see cref="BytesOf"/> says.</param>
    public static void Pack(ReadOnlySpan<sbyte> codes, int bits, Span<byte> to)
    {
        ulong mask = MaskOf(bits);
        Span<byte> bytes = stackalloc byte[Run];
        Span<byte> packed = stackalloc byte[Run];
        for (int i = 0; i < codes.Length; i += Run)
        {
            ReadOnlySpan<sbyte> run = codes.Slice(i, Math.Min(Run, codes.Length - i));
            bytes.Clear();
            System.Runtime.InteropServices.MemoryMarshal.AsBytes(run).CopyTo(bytes);
            BinaryPrimitives.WriteUInt64LittleEndian(packed, Gather(BinaryPrimitives.ReadUInt64LittleEndian(bytes), mask, bits));
            packed[..bits].CopyTo(to.Slice(i / Run * bits, bits));
        }
    }

    /// <summary>The inverse of <see cref="Pack"/>.</summary>
    /// <param name="from">As many bytes as <see cref="BytesOf"/> says.</param>
    /// <param name="bits">2 … 8</param>
    /// <param name="codes">Receives the codes; all bits of the bytes are codes in range.</param>
    public static void Unpack(ReadOnlySpan<byte> from, int bits, Span<sbyte> codes)
    {
        ulong mask = MaskOf(bits), sign = Lowest << (bits - 1);
        Span<byte> bytes = stackalloc byte[Run];
        Span<byte> packed = stackalloc byte[Run];
        for (int i = 0; i < codes.Length; i += Run)
        {
            int at = i / Run * bits;
            ulong word;
            if (at + Run <= from.Length)
            {
                word = BinaryPrimitives.ReadUInt64LittleEndian(from[at..]);
            }
            else
            {
                packed.Clear();
                from.Slice(at, bits).CopyTo(packed);
                word = BinaryPrimitives.ReadUInt64LittleEndian(packed);
            }

            ulong spread = Scatter(word, mask, bits);

            // The sign is extended in every byte at once: the bit above keeps what is taken from one byte from reaching the next.
            ulong extended = bits == Run ? spread : (((spread ^ sign) | Highest) - sign) ^ Highest;
            Span<sbyte> run = codes.Slice(i, Math.Min(Run, codes.Length - i));
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, extended);
            System.Runtime.InteropServices.MemoryMarshal.Cast<byte, sbyte>(bytes)[..run.Length].CopyTo(run);
        }
    }

    private static ulong MaskOf(int bits) => Lowest * ((1UL << bits) - 1);

    // The low bits of every byte, one behind the other.
    private static ulong Gather(ulong bytes, ulong mask, int bits)
    {
        if (Bmi2.X64.IsSupported)
        {
            return Bmi2.X64.ParallelBitExtract(bytes, mask);
        }

        ulong result = 0;
        for (int i = 0; i < Run; i++)
        {
            result |= ((bytes & mask) >> (8 * i) & 0xFF) << (bits * i);
        }

        return result;
    }

    private static ulong Scatter(ulong word, ulong mask, int bits)
    {
        if (Bmi2.X64.IsSupported)
        {
            return Bmi2.X64.ParallelBitDeposit(word, mask);
        }

        ulong result = 0;
        for (int i = 0; i < Run; i++)
        {
            result |= (word >> (bits * i) & (mask & 0xFF)) << (8 * i);
        }

        return result;
    }
}
