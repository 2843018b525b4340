using Flightc.Numerics;

namespace Flightc.Raising;

/// <summary>Whether angles are the same but for the last digits of what was measured.</summary>
internal static class NearAngles
{
    private const double Tolerance = 1e-5;

    /// <summary>Whether both turn the same elements by the same frequencies, and by the same magnitude.</summary>
    public static bool AreNear(RotaryAngles? a, RotaryAngles? b)
    {
        if (a is null || b is null)
        {
            return a is null && b is null;
        }

        bool isNear = a.Dim == b.Dim && Math.Abs((a.Magnitude / b.Magnitude) - 1) <= Tolerance;
        for (int i = 0; isNear && i < a.Dim / 2; i++)
        {
            isNear = Math.Abs(LogOf(a, i) - LogOf(b, i)) <= Tolerance;
        }

        return isNear;
    }

    // Of what positions are divided by; base and divisors are one number here.
    private static double LogOf(RotaryAngles angles, int pair) =>
        (PortableMath.Log(angles.Theta) * 2 * pair / angles.Dim) + (angles.Divisors.Count > 0 ? PortableMath.Log(angles.Divisors[pair]) : 0);
}
