using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary><c>e = exp2(s - s^)</c> of Attention of docs/numerics.md §3. It is 2^-126, and so counts nothing, where s is -∞.</summary>
/// <param name="most">s^</param>
internal readonly struct PlainScores(float most) : IActivation
{
    public float Of(float x) => Exp2.Of(x - most);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Of(Vector512<float> x) => Exp2.Of(x - Vector512.Create(most));
}
