using Flightc.Onnx.Evaluation;
using NormKind = Flightc.Models.NormKind;

namespace Flightc.Raising;

/// <summary>Tells which norm a region is.</summary>
internal static class NormFinder
{
    // Rows of many sizes: the smallest tell what is added below the root, the largest that the mean is taken away.
    private static readonly double[] Sizes = [1, 1e-3, 30, 0.05];

    /// <summary>Kind and epsilon, or null.</summary>
    /// <param name="region">Of norms; its sources are one value.</param>
    /// <param name="epsilons">Numbers that may be the epsilon.</param>
    public static (NormKind Kind, float Epsilon)? Find(Region region, IReadOnlyList<double> epsilons)
    {
        OnnxTensorType type = region.TypeOf(0);
        int size = (int)type.Shape[^1], count = (int)type.ElementCount;
        double tolerance = 10 * ProbeNumbers.ToleranceOf(type.ElementType);
        double[] x = ProbeNumbers.Random(count, 2);
        for (int i = 0; i < count; i++)
        {
            x[i] = (x[i] + 0.3) * Sizes[i / size % Sizes.Length];
        }

        double[] y = region.Run([.. region.Sources.Select(_ => x)]);
        if (y.Length != count)
        {
            return null;
        }

        (NormKind, float)? best = null;
        double least = tolerance;
        foreach (NormKind kind in Enum.GetValues<NormKind>())
        {
            foreach (double epsilon in epsilons)
            {
                double error = Error(kind, epsilon);
                if (error < least)
                {
                    (best, least) = ((kind, (float)epsilon), error);
                }
            }
        }

        return best;

        // The largest error relative to the row's largest number.
        double Error(NormKind kind, double epsilon)
        {
            double worst = 0;
            for (int row = 0; row < count; row += size)
            {
                ReadOnlySpan<double> values = x.AsSpan(row, size);
                double mean = kind == NormKind.Layer ? Mean(values, 0, 1) : 0;
                double root = Math.Sqrt(Mean(values, mean, 2) + epsilon), largest = 0, difference = 0;
                for (int i = 0; i < size; i++)
                {
                    double wanted = (values[i] - mean) / root;
                    largest = Math.Max(largest, Math.Abs(wanted));
                    double d = Math.Abs(y[row + i] - wanted);
                    difference = d <= difference ? difference : d;
                }

                double error = difference / largest;
                worst = error <= worst ? worst : error;
            }

            return double.IsNaN(worst) ? double.PositiveInfinity : worst;
        }
    }

    private static double Mean(ReadOnlySpan<double> values, double middle, int power)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += power == 1 ? value - middle : (value - middle) * (value - middle);
        }

        return sum / values.Length;
    }
}
