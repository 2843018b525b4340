using Flightc.IR;
using Flightc.Isa;

namespace Flightc.Runtime.Interpretation;

/// <summary>The functions of one number of docs/numerics.md §1.2, as literally as possible.</summary>
/// <remarks>What is not a number stays so, that reading what nobody wrote shows.</remarks>
internal static class Activations
{
    private const double Log2E = 1.4426950408889634;

    private static readonly float MinusLog2E = (float)-Log2E;
    private static readonly float QuickFactor = (float)(-1.702 * Log2E);
    private static readonly float TanhFactor = (float)(-2 * 0.7978845608028654 * Log2E);
    private static readonly float CapFactor = (float)(2 * Log2E);

    // Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 7.1.26: a1 to a5 and p.
    private static readonly float[] Erf = [0.254829592f, -0.284496736f, 1.421413741f, -1.453152027f, 1.061405429f];
    private const float ErfStep = 0.3275911f;
    private static readonly float RootOfHalf = (float)Math.Sqrt(0.5);

    /// <summary>The function with a number of <c>misc.activate</c>.</summary>
    /// <param name="number">The field <c>function</c>.</param>
    /// <param name="value">c of cap.</param>
    /// <returns>The function; null where none has that number.</returns>
    public static Func<float, float>? Of(long number, float value) => number switch
    {
        (long)ActivationFunction.Silu => Silu,
        (long)ActivationFunction.Gelu => Gelu,
        (long)ActivationFunction.GeluTanh => GeluTanh,
        (long)ActivationFunction.Relu => Relu,
        (long)ActivationFunction.QuickGelu => QuickGelu,
        ActivateRows.Cap => x => Cap(x, value),
        _ => null,
    };

    /// <summary>c × (1 - 2 ÷ (1 + 2^((x ÷ c) × 2 log2 e))).</summary>
    public static float Cap(float x, float c) => c * (1f - (2f / (1f + Arithmetic.Exp2((x / c) * CapFactor))));

    private static float Silu(float x) => x / (1f + Arithmetic.Exp2(x * MinusLog2E));

    private static float QuickGelu(float x) => x / (1f + Arithmetic.Exp2(x * QuickFactor));

    private static float GeluTanh(float x)
    {
        float square = x * x;
        float cube = square * x;
        float u = x + (cube * 0.044715f);
        return x / (1f + Arithmetic.Exp2(u * TanhFactor));
    }

    private static float Gelu(float x)
    {
        float z = MathF.Abs(x) * RootOfHalf;
        float t = 1f / (1f + (z * ErfStep));
        float p = Erf[4];
        for (int k = 3; k >= 0; k--)
        {
            p = (p * t) + Erf[k];
        }

        p *= t;
        float h = (p * Arithmetic.Exp2((z * z) * MinusLog2E)) * 0.5f;
        return x >= 0f ? x * (1f - h) : x * h;
    }

    private static float Relu(float x) => x <= 0f ? 0f : x;
}
