using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Flightc.Packing;

/// <summary>Tells whether a weights tile says what it should, without unpacking what need not be: what <see cref="TileReader"/> reads, and nothing else, is compared.</summary>
public static class TileCheck
{
    private const int Side = BlockForm.Side;

    /// <summary>Whether <see cref="TileReader.Unpack"/> gives these codes and multipliers.</summary>
    /// <param name="tile">A whole weights tile.</param>
    /// <param name="codes">(16, G), row-major</param>
    /// <param name="multipliers">(16)</param>
    /// <exception cref="Diagnostics.CompilationException">As <see cref="TileReader.Unpack"/> (FLC4005).</exception>
    public static bool Says(ReadOnlySpan<byte> tile, ReadOnlySpan<sbyte> codes, ReadOnlySpan<byte> multipliers)
    {
        if (!Bmi2.X64.IsSupported || !TileReader.TryRead(tile, out TileHeader header) || header.Kind != TileKind.Weights || !IsDense(header))
        {
            return SaysByReading(tile, codes, multipliers);
        }

        codes = codes[..(Side * header.GroupSize)];
        return AreInRange(codes, header.Bits)
            && HasMultipliers(tile.Slice(TileHeader.MultipliersAt, 12), multipliers)
            && HasCodes(tile[TileHeader.BlocksAt..(int)header.TileBytes], header, codes);
    }

    private static bool SaysByReading(ReadOnlySpan<byte> tile, ReadOnlySpan<sbyte> codes, ReadOnlySpan<byte> multipliers)
    {
        Span<sbyte> codesRead = stackalloc sbyte[Side * Side * TileHeader.MaxBlocks];
        Span<byte> multipliersRead = stackalloc byte[Side];
        TileReader.Unpack(tile, codesRead, multipliersRead);
        return codes.SequenceEqual(codesRead[..codes.Length]) && multipliers.SequenceEqual(multipliersRead);
    }

    private static bool IsDense(TileHeader header)
    {
        for (int i = 0; i < header.Blocks; i++)
        {
            if (header.Block(i).Layout != BlockLayout.Dense)
            {
                return false;
            }
        }

        return true;
    }

    // With that, the low bits tell a code.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool AreInRange(ReadOnlySpan<sbyte> codes, int bits)
    {
        ref sbyte first = ref MemoryMarshal.GetReference(codes);
        Vector512<sbyte> least = Vector512<sbyte>.Zero, most = least;
        for (int i = 0; i < codes.Length; i += Vector512<sbyte>.Count)
        {
            Vector512<sbyte> some = Vector512.LoadUnsafe(ref first, (nuint)i);
            (least, most) = (Vector512.Min(least, some), Vector512.Max(most, some));
        }

        return Vector512.GreaterThanOrEqualAll(least, Vector512.Create((sbyte)-(1 << (bits - 1))))
            && Vector512.LessThanOrEqualAll(most, Vector512.Create((sbyte)((1 << (bits - 1)) - 1)));
    }

    private static bool HasMultipliers(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> multipliers)
    {
        BitReader bits = new(bytes);
        for (int r = 0; r < Side; r++)
        {
            if (bits.Next(6) != multipliers[r])
            {
                return false;
            }
        }

        return true;
    }

    // Eight codes, four columns of two rows, are as many bytes as a code has bits.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool HasCodes(ReadOnlySpan<byte> bytes, TileHeader header, ReadOnlySpan<sbyte> codes)
    {
        int width = header.Bits, stride = header.GroupSize, at = 0;
        ulong keep = 0x0101010101010101UL * ((1u << width) - 1), differences = 0;
        ref byte code = ref Unsafe.As<sbyte, byte>(ref MemoryMarshal.GetReference(codes));
        for (int unit = 0; unit < stride; unit += BlockForm.UnitColumns)
        {
            for (int r = 0; r < Side; r += 2, at += width)
            {
                uint even = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref code, (r * stride) + unit));
                uint odd = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref code, ((r + 1) * stride) + unit));
                ulong stored = Bmi2.X64.ParallelBitDeposit(LowBytes(bytes, at, width), keep);
                differences |= stored ^ ((even | (ulong)odd << 32) & keep);
            }
        }

        return differences == 0;
    }

    // Higher bytes have no meaning.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong LowBytes(ReadOnlySpan<byte> bytes, int at, int count)
    {
        if (at + sizeof(ulong) <= bytes.Length)
        {
            return BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
        }

        ulong value = 0;
        for (int i = 0; i < count; i++)
        {
            value |= (ulong)bytes[at + i] << (8 * i);
        }

        return value;
    }
}
