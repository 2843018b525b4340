using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary><c>e = exp2(cap(s) - cap(s^))</c> of Attention of docs/numerics.md §3; 0 where s is -∞, of which the cap would be finite.</summary>
/// <param name="most">s^, not capped.</param>
/// <param name="cap">C</param>
internal readonly struct CappedScores(float most, float cap) : IActivation
{
    private readonly CapActivation _cap = new(cap);
    private readonly float _most = new CapActivation(cap).Of(most);

    public float Of(float x) => float.IsNegativeInfinity(x) ? 0f : Exp2.Of(_cap.Of(x) - _most);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Of(Vector512<float> x)
    {
        Vector512<float> e = Exp2.Of(_cap.Of(x) - Vector512.Create(_most));
        Vector512<float> hidden = Vector512.Equals(x, Vector512.Create(float.NegativeInfinity));
        return Vector512.ConditionalSelect(hidden, Vector512<float>.Zero, e);
    }
}
