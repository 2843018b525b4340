using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// Spreads dense units of b-bit codes to a byte each. Codes of up to 7 bits become code + 2^(b-1), never
/// negative, because the fast byte products take one operand without sign; codes of 8 bits stay as they are.
/// </summary>
internal static unsafe class DenseCodes
{
    private static readonly Vector512<byte>[] Spreads = MakeSpreads();
    private static readonly Vector512<byte>[] ShiftControls = MakeShiftControls();
    private static readonly Vector256<byte>[] HalfSpreads = MakeHalfSpreads();

    /// <summary>What is added to a code.</summary>
    public static int Bias(int bits) => bits == 8 ? 0 : 1 << (bits - 1);

    /// <summary>Spreads units.</summary>
    /// <param name="path">Instructions to use.</param>
    /// <param name="source">Units of 8·bits bytes; up to 64 bytes are read past the last.</param>
    /// <param name="units">How many.</param>
    /// <param name="bits">2 … 8.</param>
    /// <param name="target">64 bytes per unit.</param>
    public static void Spread(VectorPath path, byte* source, int units, int bits, byte* target)
    {
        if (bits == 8)
        {
            Buffer.MemoryCopy(source, target, 64L * units, 64L * units);
            return;
        }

        switch (path)
        {
            case VectorPath.Avx512:
                Spread512(source, units, bits, target);
                break;
            case VectorPath.Avx2:
                Spread256(source, units, bits, target);
                break;
            case VectorPath.Portable:
                SpreadScalar(source, units, bits, target);
                break;
        }
    }

    /// <summary>
    /// Of 8 codes, the bytes that they lie in to each quarter of a register: operand of a byte permutation.
    /// </summary>
    public static Vector512<byte> SpreadOf(int bits) => Spreads[bits];

    /// <summary>Shifts of the 8 codes of a quarter.</summary>
    public static Vector512<byte> ShiftsOf(int bits) => ShiftControls[bits];

    /// <summary>The 64 codes of one unit, biased.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Unit(
        byte* source, Vector512<byte> spread, Vector512<byte> shifts, Vector512<byte> mask,
        Vector512<byte> bias)
    {
        Vector512<byte> raw = Avx512Vbmi.PermuteVar64x8(Vector512.Load(source), spread);
        Vector512<byte> fields = Avx512Vbmi.MultiShift(shifts, raw.AsUInt64());
        return Avx512F.TernaryLogic(fields, mask, bias, 0x6A); // (fields & mask) ^ bias
    }

    /// <summary>Of half a unit, the bytes in which its rows begin, to each 32-bit lane: operand of a byte permutation.</summary>
    public static Vector256<byte> HalfSpreadOf(int bits) => HalfSpreads[bits];

    /// <summary>The 32 codes of half a unit, biased.</summary>
    /// <remarks>
    /// A row of a unit has 4 codes, at most 28 bits from a multiple of 4 on: it fits into 32 bits at a byte boundary.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> HalfUnit(byte* source, int bits, Vector256<byte> spread, Vector256<byte> bias)
    {
        Vector256<byte> raw = Vector256.Create(Vector128.Load(source), Vector128.Load(source + (2 * bits)));
        Vector256<uint> row = Avx2.Shuffle(raw, spread).AsUInt32();
        if ((bits & 1) != 0)
        {
            row = Avx2.ShiftRightLogicalVariable(row, Vector256.Create(0u, 4, 0, 4, 0, 4, 0, 4));
        }

        uint field = (1u << bits) - 1;
        int step = 8 - bits;
        Vector256<uint> bytes = (row & Vector256.Create(field))
            | ((row << step) & Vector256.Create(field << 8))
            | ((row << (2 * step)) & Vector256.Create(field << 16))
            | ((row << (3 * step)) & Vector256.Create(field << 24));
        return bytes.AsByte() ^ bias;
    }

    private static void SpreadScalar(byte* source, int units, int bits, byte* target)
    {
        int bias = Bias(bits);
        for (int i = 0; i < 64 * units; i++)
        {
            int bit = i * bits;
            int raw = (*(ushort*)(source + (bit >> 3)) >> (bit & 7)) & ((1 << bits) - 1);
            target[i] = (byte)(raw ^ bias);
        }
    }

    private static void Spread512(byte* source, int units, int bits, byte* target)
    {
        Vector512<byte> spread = Spreads[bits], shifts = ShiftControls[bits];
        Vector512<byte> mask = Vector512.Create((byte)((1 << bits) - 1)), bias = Vector512.Create((byte)Bias(bits));
        for (int u = 0; u < units; u++)
        {
            Unit(source + (8 * bits * u), spread, shifts, mask, bias).Store(target + (64 * u));
        }
    }

    private static void Spread256(byte* source, int units, int bits, byte* target)
    {
        Vector256<byte> spread = HalfSpreads[bits];
        Vector256<byte> bias = Vector256.Create((byte)Bias(bits));
        for (int half = 0; half < 2 * units; half++)
        {
            HalfUnit(source + (4 * bits * half), bits, spread, bias).Store(target + (32 * half));
        }
    }

    private static Vector512<byte>[] MakeSpreads()
    {
        Vector512<byte>[] all = new Vector512<byte>[8];
        Span<byte> lanes = stackalloc byte[64];
        for (int bits = 2; bits < 8; bits++)
        {
            for (int i = 0; i < 64; i++)
            {
                lanes[i] = (byte)Math.Min(63, (i / 8 * bits) + (i % 8));
            }

            all[bits] = Vector512.Create<byte>(lanes);
        }

        return all;
    }

    private static Vector512<byte>[] MakeShiftControls()
    {
        Vector512<byte>[] all = new Vector512<byte>[8];
        Span<byte> lanes = stackalloc byte[64];
        for (int bits = 2; bits < 8; bits++)
        {
            for (int i = 0; i < 64; i++)
            {
                lanes[i] = (byte)(i % 8 * bits);
            }

            all[bits] = Vector512.Create<byte>(lanes);
        }

        return all;
    }

    // To each 32-bit lane, the four bytes from the one on in which its row begins.
    private static Vector256<byte>[] MakeHalfSpreads()
    {
        Vector256<byte>[] all = new Vector256<byte>[8];
        Span<byte> lanes = stackalloc byte[32];
        for (int bits = 2; bits < 8; bits++)
        {
            for (int i = 0; i < 32; i++)
            {
                lanes[i] = (byte)Math.Min(15, (i / 4 % 4 * 4 * bits / 8) + (i % 4));
            }

            all[bits] = Vector256.Create<byte>(lanes);
        }

        return all;
    }
}
