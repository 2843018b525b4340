namespace Flightc.Onnx.Evaluation;

/// <summary>Rows with the mean taken off ("Layer Normalization", arXiv 1607.06450) or not (arXiv 1910.07467), divided by their spread.</summary>
/// <param name="Values">The normalised rows.</param>
/// <param name="Means">The mean of each row; 0 where it was not taken off.</param>
/// <param name="InverseSpreads">One over the root of mean square plus epsilon, of each row.</param>
internal sealed record RowNormalization(double[] Values, double[] Means, double[] InverseSpreads)
{
    /// <summary>Normalises rows.</summary>
    /// <param name="elements">Rows one after another.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="length">Of a row; statistics of rows without elements are NaN.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="centers">Whether the mean is taken off.</param>
    public static RowNormalization Of(ReadOnlySpan<double> elements, int count, int length, double epsilon, bool centers)
    {
        RowNormalization result = new(elements.ToArray(), new double[count], new double[count]);
        for (int row = 0; row < count; row++)
        {
            Span<double> values = result.Values.AsSpan(row * length, length);
            double mean = centers ? Sum(values, 0, static (x, _) => x) / length : 0;
            double spread = Math.Sqrt(Sum(values, mean, static (x, mean) => (x - mean) * (x - mean)) / length + epsilon);
            result.Means[row] = mean;
            result.InverseSpreads[row] = 1 / spread;
            for (int i = 0; i < length; i++)
            {
                values[i] = (values[i] - mean) / spread;
            }
        }

        return result;
    }

    private static double Sum(ReadOnlySpan<double> values, double mean, Func<double, double, double> term)
    {
        double sum = 0;
        foreach (double x in values)
        {
            sum += term(x, mean);
        }

        return sum;
    }
}
