using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>cap: of logits, and of attention scores in units of log2 e.</summary>
/// <param name="c">The bound.</param>
internal readonly struct CapActivation(float c) : IActivation
{
    // 2 log2 e
    private static float K => BitConverter.UInt32BitsToSingle(0x4038aa3b);

    // exp2 limits its argument, and of what is not a number makes one.
    public float Of(float x) => float.IsNaN(x) ? x : c * (1f - (2f / (1f + Exp2.Of(x / c * K))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Of(Vector512<float> x)
    {
        Vector512<float> one = Vector512<float>.One;
        Vector512<float> capped = c * (one - (Vector512.Create(2f) / (one + Exp2.Of(x / Vector512.Create(c) * K))));
        return Vector512.ConditionalSelect(Vector512.Equals(x, x), capped, x);
    }
}
