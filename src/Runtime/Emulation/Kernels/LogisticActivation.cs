using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary><c>x ÷ (1 + exp2(x × factor))</c>: silu and quick_gelu.</summary>
/// <param name="factor">-log2 e, or 1.702 times that.</param>
internal readonly struct LogisticActivation(float factor) : IActivation
{
    /// <summary>silu</summary>
    public static LogisticActivation Silu => new(BitConverter.UInt32BitsToSingle(0xbfb8aa3b));

    /// <summary>quick_gelu</summary>
    public static LogisticActivation QuickGelu => new(BitConverter.UInt32BitsToSingle(0xc01d265f));

    public float Of(float x) => x / (1f + Exp2.Of(x * factor));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Of(Vector512<float> x) => x / (Vector512<float>.One + Exp2.Of(x * Vector512.Create(factor)));
}
