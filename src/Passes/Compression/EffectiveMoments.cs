using Flightc.Compression;

namespace Flightc.Passes.Compression;

/// <summary>The moments by which errors of a matrix count, also where tokens are looked up in it.</summary>
internal static class EffectiveMoments
{
    /// <summary>
    /// Input and output moment. A matrix in which tokens are looked up has, for the row of token v, the share of v times the lookup
    /// moment besides: the sum of two Kronecker products, of which the nearest one with the same traces is taken.
    /// </summary>
    public static (float[] Input, float[] Output) Of(WeightStatistics statistics)
    {
        if (statistics.LookupMoment.Length == 0)
        {
            return (statistics.InputMoment, statistics.OutputMoment);
        }

        if (!statistics.IsMultiplied)
        {
            return (statistics.LookupMoment, statistics.LookupShares);
        }

        (int rows, int columns) = (statistics.Rows, statistics.Columns);
        bool isWhole = statistics.HasWholeOutputMoment;
        double inputTrace = Trace(statistics.InputMoment, columns), lookupTrace = Trace(statistics.LookupMoment, columns);
        double outputTrace = isWhole ? Trace(statistics.OutputMoment, rows) : statistics.OutputMoment.Sum(x => (double)x);
        double product = inputTrace * outputTrace, lookup = lookupTrace * statistics.LookupShares.Sum(x => (double)x);
        float[] input = new float[statistics.InputMoment.Length];
        double ofInput = product / (product + lookup), ofLookup = lookup / (product + lookup) * inputTrace / lookupTrace;
        for (int i = 0; i < input.Length; i++)
        {
            input[i] = (float)((ofInput * statistics.InputMoment[i]) + (ofLookup * statistics.LookupMoment[i]));
        }

        float[] output = (float[])statistics.OutputMoment.Clone();
        for (int row = 0; row < rows; row++)
        {
            output[isWhole ? (row * rows) + row : row] += (float)(statistics.LookupShares[row] * lookupTrace / inputTrace);
        }

        return product + lookup > 0 && lookupTrace > 0 && inputTrace > 0
            ? (input, output)
            : (statistics.InputMoment, statistics.OutputMoment);
    }

    private static double Trace(float[] matrix, int size)
    {
        double sum = 0;
        for (int i = 0; i < size; i++)
        {
            sum += matrix[(i * size) + i];
        }

        return sum;
    }
}
