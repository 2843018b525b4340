using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>gelu, by formula 7.1.26 of Abramowitz and Stegun (1964) for the error function.</summary>
internal readonly struct GeluActivation : IActivation
{
    private static float A1 => BitConverter.UInt32BitsToSingle(0x3e827906);

    private static float A2 => BitConverter.UInt32BitsToSingle(0xbe91a98e);

    private static float A3 => BitConverter.UInt32BitsToSingle(0x3fb5f0e3);

    private static float A4 => BitConverter.UInt32BitsToSingle(0xbfba00e3);

    private static float A5 => BitConverter.UInt32BitsToSingle(0x3f87dc22);

    private static float Step => BitConverter.UInt32BitsToSingle(0x3ea7ba05);

    private static float RootOfHalf => BitConverter.UInt32BitsToSingle(0x3f3504f3);

    private static float MinusLog2E => BitConverter.UInt32BitsToSingle(0xbfb8aa3b);

    public float Of(float x)
    {
        float z = MathF.Abs(x) * RootOfHalf;
        float t = 1f / (1f + (z * Step));
        float p = ((((((((A5 * t) + A4) * t) + A3) * t) + A2) * t) + A1) * t;
        float h = p * Exp2.Of(z * z * MinusLog2E) * 0.5f;
        return x * (x >= 0f ? 1f - h : h);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Of(Vector512<float> x)
    {
        Vector512<float> one = Vector512<float>.One;
        Vector512<float> z = Vector512.Abs(x) * RootOfHalf;
        Vector512<float> t = one / (one + (z * Step));
        Vector512<float> p = (t * A5) + Vector512.Create(A4);
        p = (p * t) + Vector512.Create(A3);
        p = (p * t) + Vector512.Create(A2);
        p = (p * t) + Vector512.Create(A1);
        Vector512<float> h = p * t * Exp2.Of(z * z * MinusLog2E) * 0.5f;
        return x * Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(x, Vector512<float>.Zero), one - h, h);
    }
}
