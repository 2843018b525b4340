using System.Runtime.Intrinsics;
using Flightc.Numerics;

namespace Flightc.Reference;

/// <summary>
/// Functions of the float operators that need exponentials: rounded once after a binary64 exponential, which is accurate enough
/// not to matter, and has the same bits on every platform.
/// </summary>
internal static class FloatExponentials
{
    private const int Lanes = 8;

    // e^709 is still finite; as a divisor, all beyond it give 0.
    private const double MostExponent = 709;

    /// <summary><c>e^(x - shift)</c> of every element, in place.</summary>
    /// <param name="x">None above <paramref name="shift"/>.</param>
    /// <param name="shift">Subtracted in binary32.</param>
    public static void Replace(Span<float> x, float shift)
    {
        int i = 0;
        for (; i <= x.Length - Lanes; i += Lanes)
        {
            Exp(Vector256.Create(x.Slice(i, Lanes)) - Vector256.Create(shift)).CopyTo(x[i..]);
        }

        Span<float> rest = stackalloc float[Lanes];
        x[i..].CopyTo(rest);
        Exp(Vector256.Create(rest) - Vector256.Create(shift)).CopyTo(rest);
        rest[..(x.Length - i)].CopyTo(x[i..]);
    }

    /// <summary><c>x ÷ (1 + e^-x)</c> of every element.</summary>
    /// <param name="x">Any values.</param>
    /// <param name="y">As many.</param>
    public static void Silu(ReadOnlySpan<float> x, Span<float> y)
    {
        int i = 0;
        for (; i <= x.Length - Lanes; i += Lanes)
        {
            Silu(Vector256.Create(x.Slice(i, Lanes))).CopyTo(y[i..]);
        }

        Span<float> rest = stackalloc float[Lanes];
        x[i..].CopyTo(rest);
        Silu(Vector256.Create(rest)).CopyTo(rest);
        rest[..(x.Length - i)].CopyTo(y[i..]);
    }

    /// <summary><c>x ÷ (1 + e^(-1.702 x))</c> of every element.</summary>
    /// <param name="x">Any values.</param>
    /// <param name="y">As many.</param>
    public static void QuickGelu(ReadOnlySpan<float> x, Span<float> y)
    {
        for (int i = 0; i < x.Length; i++)
        {
            y[i] = (float)(x[i] / (1 + Exp(-1.702 * x[i])));
        }
    }

    /// <summary><c>x/2 · (1 + tanh u)</c> of every element, which is <c>x ÷ (1 + e^-2u)</c>, with <c>u = √(2/π) · (x + 0.044715 x³)</c>.</summary>
    /// <param name="x">Any values.</param>
    /// <param name="y">As many.</param>
    public static void GeluTanh(ReadOnlySpan<float> x, Span<float> y)
    {
        for (int i = 0; i < x.Length; i++)
        {
            double value = x[i];
            double u = 0.79788456080286536 * (value + (0.044715 * value * value * value));
            y[i] = (float)(value / (1 + Exp(-2 * u)));
        }
    }

    /// <summary><c>x · Φ(x)</c> of every element.</summary>
    /// <param name="x">Any values.</param>
    /// <param name="y">As many.</param>
    public static void Gelu(ReadOnlySpan<float> x, Span<float> y)
    {
        for (int i = 0; i < x.Length; i++)
        {
            y[i] = (float)(x[i] * NormalDistribution.Cumulative(x[i]));
        }
    }

    /// <summary><c>c · tanh(x ÷ c)</c> of every element, which is <c>c · (1 - 2 ÷ (1 + e^(2x ÷ c)))</c>.</summary>
    /// <param name="x">Any values.</param>
    /// <param name="cap">c.</param>
    /// <param name="y">As many; may be <paramref name="x"/>.</param>
    public static void Cap(ReadOnlySpan<float> x, double cap, Span<float> y)
    {
        for (int i = 0; i < x.Length; i++)
        {
            y[i] = (float)(cap * (1 - (2 / (1 + Exp(2 * (x[i] / cap))))));
        }
    }

    private static double Exp(double x) => PortableMath.Exp(Vector256.Create(Math.Min(x, MostExponent)))[0];

    private static Vector256<float> Silu(Vector256<float> x) => x / (Vector256.Create(1f) + Exp(-x));

    private static Vector256<float> Exp(Vector256<float> x)
    {
        (Vector256<double> low, Vector256<double> high) = Vector256.Widen(x);
        Vector256<double> most = Vector256.Create(MostExponent);
        return Vector256.Narrow(
            PortableMath.Exp(Vector256.Min(low, most)), PortableMath.Exp(Vector256.Min(high, most)));
    }
}
