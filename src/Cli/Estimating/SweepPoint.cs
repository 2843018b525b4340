namespace Flightc.Cli.Estimating;

/// <summary>A point of a sweep.</summary>
/// <param name="Settings">Its value on every axis.</param>
/// <param name="Estimate">What was estimated; null where it is none.</param>
/// <param name="Problem">Why it is none; empty where it is one.</param>
internal sealed record SweepPoint(
    IReadOnlyList<(string Key, string Value)> Settings, ModelEstimate? Estimate, string Problem)
{
    /// <summary>All points of a sweep, the last axis varying fastest.</summary>
    public static IEnumerable<IReadOnlyList<(string Key, string Value)>> Of(IReadOnlyList<SweepAxis> axes)
    {
        IEnumerable<IReadOnlyList<(string, string)>> points = [[]];
        foreach (SweepAxis axis in axes)
        {
            points = points.SelectMany(p => axis.Values.Select(value => (IReadOnlyList<(string, string)>)[.. p, (axis.Key, value)]));
        }

        return points;
    }
}
