using Flightc.Compression;

namespace Flightc.Passes.Migration;

/// <summary>What calibration would find of changed weights, without calibrating again. Safe from several threads.</summary>
/// <param name="inner">Of the weights before.</param>
/// <param name="changes">Of those that change, by role.</param>
/// <param name="threads">The most threads to use; -1 for as many as there are processors.</param>
internal sealed class ChangedCalibration(ICalibration inner, IReadOnlyDictionary<string, WeightChange> changes, int threads) : ICalibration
{
    /// <inheritdoc/>
    public WeightStatistics? Find(string role)
    {
        WeightStatistics? found = inner.Find(role);
        if (found is null || !changes.TryGetValue(role, out WeightChange? change))
        {
            return found;
        }

        float[] input = found.InputMoment, largest = found.InputLargest, output = found.OutputMoment, lookup = found.LookupMoment;
        if (change.Columns is { } columns)
        {
            input = found.IsMultiplied ? columns.OfMoment(input, found.Columns, threads) : input;
            largest = found.IsMultiplied ? columns.OfLargest(largest, input, found.Tokens) : largest;
            lookup = lookup.Length > 0 ? columns.OfMoment(lookup, found.Columns, threads) : lookup;
        }

        if (change.Rows is { } rows && found.IsMultiplied)
        {
            output = found.HasWholeOutputMoment ? rows.OfMoment(output, found.Rows, threads) : rows.OfDiagonal(output);
        }

        return new WeightStatistics
        {
            Role = role,
            Rows = found.Rows,
            Columns = found.Columns,
            Tokens = found.Tokens,
            InputMoment = input,
            InputLargest = largest,
            OutputMoment = output,
            LookupMoment = lookup,
            LookupShares = found.LookupShares,
        };
    }
}
