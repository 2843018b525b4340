using Flightc.Compression;

namespace Flightc.Passes.Compression;

/// <summary>Statistics of which every number can be computed with, also where sums over activations have overflowed.</summary>
internal static class FiniteStatistics
{
    /// <summary>The same statistics where they are finite; of a moment that is not, its diagonal, with the mean of the others where that is not
    /// finite or negative.</summary>
    /// <param name="statistics">As calibration found them.</param>
    /// <param name="note">Told of moments that had to be changed.</param>
    public static WeightStatistics Of(WeightStatistics statistics, Action<string>? note)
    {
        float[] input = Finite(statistics.InputMoment, statistics.Columns, "input", note);
        float[] output = Finite(statistics.OutputMoment, statistics.Rows, "output", note);
        float[] lookup = Finite(statistics.LookupMoment, statistics.Columns, "lookup", note);
        return ReferenceEquals(input, statistics.InputMoment) && ReferenceEquals(output, statistics.OutputMoment)
            && ReferenceEquals(lookup, statistics.LookupMoment)
            ? statistics
            : new WeightStatistics
            {
                Role = statistics.Role,
                Rows = statistics.Rows,
                Columns = statistics.Columns,
                Tokens = statistics.Tokens,
                InputMoment = input,
                InputLargest = statistics.InputLargest,
                OutputMoment = output,
                LookupMoment = lookup,
                LookupShares = statistics.LookupShares,
            };
    }

    private static float[] Finite(float[] moment, int size, string what, Action<string>? note)
    {
        if (Array.TrueForAll(moment, float.IsFinite))
        {
            return moment;
        }

        note?.Invoke($"the {what} moment has values that are not finite; only what is finite of its diagonal was taken");
        int step = moment.Length > size ? size + 1 : 1;
        double sum = 0;
        int count = 0;
        for (int i = 0; i < moment.Length; i += step)
        {
            if (IsUsable(moment[i]))
            {
                sum += moment[i];
                count++;
            }
        }

        float mean = sum > 0 ? (float)(sum / count) : 1;
        float[] finite = new float[moment.Length];
        for (int i = 0; i < moment.Length; i += step)
        {
            finite[i] = IsUsable(moment[i]) ? moment[i] : mean;
        }

        return finite;
    }

    private static bool IsUsable(float value) => float.IsFinite(value) && value >= 0;
}
