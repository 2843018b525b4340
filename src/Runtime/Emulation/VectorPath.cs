using System.Runtime.Intrinsics.X86;

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

/// <summary>Which vector paths this processor has.</summary>
public static class VectorPaths
{
    /// <summary>The fastest that this processor has.</summary>
    public static VectorPath Best =>
        IsSupported(VectorPath.Avx512) ? VectorPath.Avx512
        : IsSupported(VectorPath.Avx2) ? VectorPath.Avx2
        : VectorPath.Portable;

    /// <summary>Whether this processor has what a path needs.</summary>
    public static bool IsSupported(VectorPath path) => path switch
    {
        VectorPath.Portable => true,
        VectorPath.Avx2 => Avx2.IsSupported && Fma.IsSupported,
        VectorPath.Avx512 => Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512Vbmi.VL.IsSupported,
    };
}
