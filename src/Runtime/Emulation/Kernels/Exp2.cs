using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>exp2 of docs/numerics.md §1.2.</summary>
internal static class Exp2
{
    private const float Limit = 126f;

    private static float C0 => BitConverter.Int32BitsToSingle(0x3f800000);

    private static float C1 => BitConverter.Int32BitsToSingle(0x3f317218);

    private static float C2 => BitConverter.Int32BitsToSingle(0x3e75fdf0);

    private static float C3 => BitConverter.Int32BitsToSingle(0x3d635847);

    private static float C4 => BitConverter.Int32BitsToSingle(0x3c1d955b);

    private static float C5 => BitConverter.Int32BitsToSingle(0x3aaec3ff);

    private static float C6 => BitConverter.Int32BitsToSingle(0x39218489);

    /// <summary>2^t.</summary>
    public static float Of(float t)
    {
        t = t > -Limit ? t : -Limit;
        t = t < Limit ? t : Limit;
        float n = MathF.Round(t);
        float f = t - n;
        float p = MathF.FusedMultiplyAdd(C6, f, C5);
        p = MathF.FusedMultiplyAdd(p, f, C4);
        p = MathF.FusedMultiplyAdd(p, f, C3);
        p = MathF.FusedMultiplyAdd(p, f, C2);
        p = MathF.FusedMultiplyAdd(p, f, C1);
        p = MathF.FusedMultiplyAdd(p, f, C0);
        return p * BitConverter.Int32BitsToSingle(((int)n + 127) << 23);
    }

    /// <summary>2^t in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Of(Vector512<float> t)
    {
        Vector512<float> low = Vector512.Create(-Limit), high = Vector512.Create(Limit);
        t = Vector512.ConditionalSelect(Vector512.GreaterThan(t, low), t, low);
        t = Vector512.ConditionalSelect(Vector512.LessThan(t, high), t, high);
        Vector512<float> n = Vector512.Round(t);
        Vector512<float> f = t - n;
        Vector512<float> p = Vector512.FusedMultiplyAdd(Vector512.Create(C6), f, Vector512.Create(C5));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(C4));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(C3));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(C2));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(C1));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(C0));
        return p * ((Vector512.ConvertToInt32Native(n) + Vector512.Create(127)) << 23).AsSingle();
    }
}
