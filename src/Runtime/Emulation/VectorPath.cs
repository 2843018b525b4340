namespace Flightc.Runtime.Emulation;

/// <summary>Which machine instructions the emulator's kernels use. Every path gives the same bits.</summary>
public enum VectorPath
{
    /// <summary>Plain loops: the definition of every kernel.</summary>
    Portable,

    /// <summary>AVX2 and FMA.</summary>
    Avx2,

    /// <summary>AVX-512 F, BW, DQ, VL and VBMI.</summary>
    Avx512,
}
