using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Flightc.Packing;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// Spreads blocks of b-bit codes to a byte each, with sign. A code of 8 bits has two planes, since products of
/// whole bytes do not fit an INT16: c = 16 · plane 0 + plane 1, with plane 0 in -8 … 7 and plane 1 in 0 … 15.
/// </summary>
internal static unsafe class SignedUnits
{
    /// <summary>Bytes from unit to unit: row blocks of a pair lie side by side.</summary>
    public const int Stride = 128;

    private const int Units = 4;

    /// <summary>Planes of a width.</summary>
    public static int PlanesOf(int bits) => bits == 8 ? 2 : 1;

    /// <summary>Spreads a block.</summary>
    /// <param name="path">Instructions to use.</param>
    /// <param name="source">The block; up to 64 bytes are read past it.</param>
    /// <param name="form">How it is stored; not absent.</param>
    /// <param name="bits">2 … 8.</param>
    /// <param name="plane">0, or 1 of codes of 8 bits.</param>
    /// <param name="target">Four units of 64 bytes at <see cref="Stride"/>.</param>
    /// <exception cref="Diagnostics.CompilationException">A row does not keep as many codes as the form says
    /// (FLC4005).</exception>
    public static void Spread(VectorPath path, byte* source, BlockForm form, int bits, int plane, sbyte* target)
    {
        if (path == VectorPath.Avx512 && form.Layout == BlockLayout.Dense && bits < 8)
        {
            Dense512(source, Units, bits, target);
        }
        else
        {
            ByWay(path, source, form, bits, plane, target);
        }
    }

    /// <summary>A block of zeros.</summary>
    public static void Clear(sbyte* target)
    {
        for (int u = 0; u < Units; u++)
        {
            Vector512<sbyte>.Zero.Store(target + (u * Stride));
        }
    }

    // By way of biased codes without gaps.
    private static void ByWay(VectorPath path, byte* source, BlockForm form, int bits, int plane, sbyte* target)
    {
        byte* biased = stackalloc byte[64 * Units];
        if (form.Layout == BlockLayout.Dense)
        {
            DenseCodes.Spread(path, source, Units, bits, biased);
        }
        else
        {
            BlockExpansion.Expand(source, form, bits, biased);
        }

        if (path == VectorPath.Portable)
        {
            Scalar(biased, bits, plane, target);
        }
        else
        {
            Vectors(biased, bits, plane, target);
        }
    }

    /// <summary>Spreads dense units of up to 7 bits by AVX-512.</summary>
    /// <param name="source">The units; up to 64 bytes are read past them.</param>
    /// <param name="units">How many.</param>
    /// <param name="bits">2 … 7.</param>
    /// <param name="target">64 bytes of each at <see cref="Stride"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Dense512(byte* source, int units, int bits, sbyte* target)
    {
        Vector512<byte> spread = DenseCodes.SpreadOf(bits), shifts = DenseCodes.ShiftsOf(bits);
        Vector512<byte> mask = Vector512.Create((byte)((1 << bits) - 1)), bias = Vector512.Create((byte)DenseCodes.Bias(bits));
        int step = 8 * bits;
        for (sbyte* end = target + (units * Stride); target < end; target += Stride, source += step)
        {
            (DenseCodes.Unit(source, spread, shifts, mask, bias) - bias).AsSByte().Store(target);
        }
    }

    private static void Vectors(byte* biased, int bits, int plane, sbyte* target)
    {
        Vector512<byte> bias = Vector512.Create((byte)DenseCodes.Bias(bits));
        for (int u = 0; u < Units; u++)
        {
            Vector512<sbyte> codes = (Vector512.Load(biased + (64 * u)) - bias).AsSByte();
            (bits < 8 ? codes : plane == 0 ? codes >> 4 : codes & Vector512.Create((sbyte)15)).Store(target + (u * Stride));
        }
    }

    private static void Scalar(byte* biased, int bits, int plane, sbyte* target)
    {
        int bias = DenseCodes.Bias(bits);
        for (int i = 0; i < 64 * Units; i++)
        {
            sbyte code = (sbyte)(biased[i] - bias);
            target[(i / 64 * Stride) + (i % 64)] = (sbyte)(bits < 8 ? code : plane == 0 ? code >> 4 : code & 15);
        }
    }
}
