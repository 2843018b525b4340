using Flightc.IR;
using Flightc.Numerics;

namespace Flightc.Calibration;

/// <summary>Functions of one number and their derivatives, with the same bits on every platform.</summary>
/// <remarks>
/// All but <see cref="ActivationFunction.Gelu"/> and <see cref="ActivationFunction.Relu"/> are x·σ(z(x)) with σ(z) = 1 ÷ (1 + e^-z) and a
/// polynomial z; the derivative is σ + x·σ·(1 - σ)·z'(x).
/// </remarks>
internal static class DifferentiableActivations
{
    private const float QuickGelu = 1.702f;

    // tanh's argument in the usual approximation, doubled: 1/2 · (1 + tanh u) = σ(2u).
    private const float TwiceRoot = 2 * 0.797884561f;
    private const float Cubic = 0.044715f;

    private const double InverseRootOf2Pi = 0.3989422804014327;

    /// <summary>f(x).</summary>
    public static float[] Of(ActivationFunction function, float[] x)
    {
        float[] y = new float[x.Length];
        switch (function)
        {
            case ActivationFunction.Gelu:
                for (int i = 0; i < y.Length; i++)
                {
                    y[i] = (float)(x[i] * NormalDistribution.Cumulative(x[i]));
                }

                break;
            case ActivationFunction.Relu:
                for (int i = 0; i < y.Length; i++)
                {
                    y[i] = x[i] > 0 ? x[i] : 0;
                }

                break;
            case ActivationFunction.Silu or ActivationFunction.GeluTanh or ActivationFunction.QuickGelu:
                FillSigmoids(function, x, y);
                for (int i = 0; i < y.Length; i++)
                {
                    y[i] *= x[i];
                }

                break;
        }

        return y;
    }

    /// <summary><c>g × f'(x)</c>; that of the rectifier at 0 is 0.</summary>
    public static float[] Gradient(ActivationFunction function, float[] x, float[] gradient)
    {
        float[] y = new float[x.Length];
        switch (function)
        {
            case ActivationFunction.Gelu:
                for (int i = 0; i < y.Length; i++)
                {
                    double density = InverseRootOf2Pi * PortableMath.Exp(-0.5 * x[i] * x[i]);
                    y[i] = gradient[i] * (float)(NormalDistribution.Cumulative(x[i]) + (x[i] * density));
                }

                break;
            case ActivationFunction.Relu:
                for (int i = 0; i < y.Length; i++)
                {
                    y[i] = x[i] > 0 ? gradient[i] : 0;
                }

                break;
            case ActivationFunction.Silu or ActivationFunction.GeluTanh or ActivationFunction.QuickGelu:
                FillSigmoids(function, x, y);
                for (int i = 0; i < y.Length; i++)
                {
                    y[i] = gradient[i] * (y[i] + (x[i] * y[i] * (1 - y[i]) * Slope(function, x[i])));
                }

                break;
        }

        return y;
    }

    /// <summary><c>c × tanh(x ÷ c)</c></summary>
    public static float[] Cap(float[] x, float cap)
    {
        float[] y = new float[x.Length];
        for (int i = 0; i < y.Length; i++)
        {
            y[i] = cap * Tanh(x[i] / cap);
        }

        return y;
    }

    /// <summary><c>g × (1 - tanh²(x ÷ c))</c></summary>
    public static float[] CapGradient(float[] x, float cap, float[] gradient)
    {
        float[] y = new float[x.Length];
        for (int i = 0; i < y.Length; i++)
        {
            float tanh = Tanh(x[i] / cap);
            y[i] = gradient[i] * (1 - (tanh * tanh));
        }

        return y;
    }

    /// <summary>tanh x.</summary>
    public static float Tanh(float x) => (float)(1 - (2 / (1 + PortableMath.Exp(2.0 * x))));

    // σ(z(x)).
    private static void FillSigmoids(ActivationFunction function, float[] x, float[] y)
    {
        for (int i = 0; i < y.Length; i++)
        {
            float z = function switch
            {
                ActivationFunction.Silu => x[i],
                ActivationFunction.QuickGelu => QuickGelu * x[i],
                ActivationFunction.GeluTanh => TwiceRoot * (x[i] + (Cubic * x[i] * x[i] * x[i])),
                ActivationFunction.Gelu or ActivationFunction.Relu => throw new ArgumentOutOfRangeException(nameof(function)),
            };
            y[i] = -z;
        }

        PortableExp.Replace(y, 0);
        for (int i = 0; i < y.Length; i++)
        {
            y[i] = 1 / (1 + y[i]);
        }
    }

    // z'(x).
    private static float Slope(ActivationFunction function, float x) => function switch
    {
        ActivationFunction.Silu => 1,
        ActivationFunction.QuickGelu => QuickGelu,
        ActivationFunction.GeluTanh => TwiceRoot * (1 + (3 * Cubic * x * x)),
        ActivationFunction.Gelu or ActivationFunction.Relu => throw new ArgumentOutOfRangeException(nameof(function)),
    };
}
