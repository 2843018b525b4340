using Flightc.Calibration;

namespace Flightc.Cli.Calibrating;

/// <summary>The statistics of a matrix at a glance; null where there are none of the kind.</summary>
/// <param name="Matrix">Which.</param>
/// <param name="Input">A</param>
/// <param name="InputLargest">The largest activation of all features.</param>
/// <param name="Output">G</param>
/// <param name="Lookup">Of rows that are looked up.</param>
/// <param name="LookupUnseen">Rows that were never looked up.</param>
internal sealed record MatrixSummary(
    CalibratedMatrix Matrix, MomentSummary? Input, float? InputLargest, MomentSummary? Output, MomentSummary? Lookup, int? LookupUnseen)
{
    /// <summary>Looks at all matrices, one tensor at a time.</summary>
    public static IEnumerable<MatrixSummary> Of(CalibrationStatistics statistics)
    {
        // Matrices that read one value share its moment, which can be large.
        Dictionary<string, MomentSummary> inputs = new(StringComparer.Ordinal);
        foreach (CalibratedMatrix matrix in statistics.Matrices)
        {
            if (matrix.IsMultiplied && !inputs.ContainsKey(matrix.InputMoment))
            {
                inputs.Add(matrix.InputMoment, MomentSummary.Of(statistics.Read(matrix.InputMoment), matrix.Columns));
            }

            yield return new MatrixSummary(
                matrix,
                matrix.IsMultiplied ? inputs[matrix.InputMoment] : null,
                matrix.IsMultiplied ? statistics.Read(matrix.InputLargest).Max() : null,
                matrix.IsMultiplied && matrix.HasDerivatives ? MomentSummary.Of(statistics.Read(matrix.OutputMoment), matrix.Rows) : null,
                matrix.IsLookedUp && matrix.HasDerivatives ? MomentSummary.Of(statistics.Read(matrix.LookupMoment), matrix.Columns) : null,
                matrix.IsLookedUp ? statistics.Read(matrix.LookupShares).Count(share => share == 0) : null);
        }
    }
}
