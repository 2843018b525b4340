using Flightc.IR;
using Flightc.Numerics;

namespace Flightc.Raising;

/// <summary>Tells which function of one number a region is.</summary>
internal static class ActivationFinder
{
    // Beyond, all of them are 0 or x to within rounding.
    private const double Reach = 12;

    private const double Large = 1 << 15;

    /// <summary>The function; or the cap of <c>cap · tanh(x ÷ cap)</c>; or null.</summary>
    /// <param name="region">Of functions; its sources are one value.</param>
    public static (ActivationFunction? Function, double Cap)? Find(Region region)
    {
        double tolerance = ProbeNumbers.ToleranceOf(region.TypeOf(0).ElementType);
        int count = (int)region.TypeOf(0).ElementCount;
        double[] x = [.. ProbeNumbers.Random(count, 1).Select(v => v * Reach)];
        double[] y = Run(x);
        if (y.Length != x.Length)
        {
            return null;
        }

        // In half precision several may be near enough; the nearest over all points is it.
        ActivationFunction[] near = [.. Enum.GetValues<ActivationFunction>().Where(f => Fits(x, y, v => Value(f, v)))];
        if (near.Length > 0)
        {
            return (near.MinBy(f => x.Select((v, i) => (y[i] - Value(f, v)) * (y[i] - Value(f, v))).Sum()), 0);
        }

        double cap = Run([.. x.Select(_ => Large)])[0];
        return double.IsFinite(cap) && cap > 0 && cap < Large / 64 && Fits(x, y, v => cap * Math.Tanh(v / cap)) && Spreads(cap)
            ? (null, cap)
            : null;

        bool Fits(double[] arguments, double[] values, Func<double, double> f)
        {
            for (int i = 0; i < arguments.Length; i++)
            {
                // What is not a number fits nothing.
                if (!(Math.Abs(values[i] - f(arguments[i])) <= tolerance * (1 + Math.Abs(arguments[i]))))
                {
                    return false;
                }
            }

            return true;
        }

        // Near 0 a cap is hard to see.
        bool Spreads(double c)
        {
            double[] wide = [.. x.Select(v => v / Reach * 4 * c)];
            return Fits(wide, Run(wide), v => c * Math.Tanh(v / c));
        }

        double[] Run(double[] arguments) => region.Run([.. region.Sources.Select(_ => arguments)]);
    }

    private static double Value(ActivationFunction function, double x) => function switch
    {
        ActivationFunction.Silu => x / (1 + PortableMath.Exp(-x)),
        ActivationFunction.Gelu => x * NormalDistribution.Cumulative(x),
        ActivationFunction.GeluTanh => 0.5 * x * (1 + Math.Tanh(0.79788456080286536 * (x + (0.044715 * x * x * x)))),
        ActivationFunction.Relu => Math.Max(x, 0),
        ActivationFunction.QuickGelu => x / (1 + PortableMath.Exp(-1.702 * x)),
    };
}
