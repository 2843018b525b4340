using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>gelu_tanh</summary>
internal readonly struct GeluTanhActivation : IActivation
{
    private static float A => BitConverter.UInt32BitsToSingle(0x3d372713);

    private static float B => BitConverter.UInt32BitsToSingle(0xc0135761);

    public float Of(float x)
    {
        float u = x + (x * x * x * A);
        return x / (1f + Exp2.Of(u * B));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Of(Vector512<float> x)
    {
        Vector512<float> u = x + (x * x * x * A);
        return x / (Vector512<float>.One + Exp2.Of(u * B));
    }
}
