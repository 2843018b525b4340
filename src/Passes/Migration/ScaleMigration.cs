using System.Globalization;
using Flightc.Compression;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Passes.Compression;
using Flightc.Recipes;

namespace Flightc.Passes.Migration;

/// <summary>
/// Finds factors for the features of values: of a small family for each value those of least predicted loss, and none where none
/// predicts less. docs/migration.md §2.
/// </summary>
/// <remarks>J. Lin et al., AWQ, 2023, arXiv 2306.00978; G. Xiao et al., SmoothQuant, 2022, arXiv 2211.10438.</remarks>
/// <param name="graph">Says what reads what.</param>
/// <param name="formatOf">The format a matrix will have.</param>
/// <param name="weights">The floats.</param>
/// <param name="calibration">What is known of them.</param>
/// <param name="wishes">Whose family of factors, and how matrices are stored.</param>
/// <param name="threads">The most threads to use; -1 for as many as there are processors.</param>
/// <param name="note">Told what was found; may be null.</param>
internal sealed class ScaleMigration(
    Graph graph, Func<Weight, QuantizedFormat?> formatOf, IWeights weights, ICalibration calibration, CompressionWishes wishes, int threads,
    Action<string, string>? note)
{
    private readonly Dictionary<string, Weight> _described = graph.Weights.ToDictionary(w => w.Name, StringComparer.Ordinal);
    private readonly Biases _biases = new(graph);

    /// <summary>Searches value by value: what one gains does not depend on the factors of others.</summary>
    /// <returns>The changes of weights, by role.</returns>
    /// <exception cref="CompilationException">The calibration is of another model (FLC2003), or a weight cannot be used.</exception>
    public IReadOnlyDictionary<string, WeightChange> Find()
    {
        Dictionary<string, WeightChange> changes = new(StringComparer.Ordinal);
        IReadOnlyList<MigrationSite> sites = MigrationSites.Of(graph);
        double before = 0, after = 0;
        int changed = 0;
        foreach (MigrationSite site in sites)
        {
            (double[]? factors, double without, double with) = FactorsOf(site);
            (before, after) = (before + without, after + with);
            if (factors is not null)
            {
                Add(changes, site, factors);
                changed++;
            }
        }

        note?.Invoke(
            "",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{CompressionNames.NameOf(wishes.Migration)} scales {changed} of {sites.Count} values, which are then predicted to lose {after:G3} nats per token in the place of {before:G3}"));
        return changes;
    }

    private (double[]? Factors, double Before, double After) FactorsOf(MigrationSite site)
    {
        ScaleLoss loss = new(site, [.. site.Readers.Select(Reader)], site.IsAttention ? CacheMoment(site) : null, threads);
        double[] none = new double[site.Factors];
        Array.Fill(none, 1);
        double before = loss.Of(none), least = before;
        double[]? best = null;
        foreach (double[] candidate in ScaleCandidates.Of(site, loss, wishes.Migration))
        {
            double found = loss.Of(candidate);
            if (found < least)
            {
                (best, least) = (candidate, found);
            }
        }

        return (best, before, least);
    }

    private ScaledMatrix Reader(string role)
    {
        Weight weight = _described[role];
        return new ScaledMatrix(WeightRows.ReadAll(weight, weights), CompressedWeights.StatisticsOf(weight, calibration), formatOf(weight), wishes);
    }

    // The mean squares of what attention keeps: of W·x with the moment of x.
    private double[] CacheMoment(MigrationSite site)
    {
        Weight weight = _described[site.Maker];
        WeightStatistics statistics = CompressedWeights.StatisticsOf(weight, calibration);
        float[] values = WeightRows.ReadAll(weight, weights);
        return ScaledMatrix.OutputMoment(values, statistics.InputMoment, statistics.Rows, statistics.Columns, threads);
    }

    private void Add(Dictionary<string, WeightChange> changes, MigrationSite site, double[] factors)
    {
        Scaling columns = new([.. Enumerable.Range(0, site.Features).Select(k => factors[site.FactorOf(k)])]);
        Scaling rows = new([.. factors.Select(f => 1 / f)]);
        foreach (string reader in site.Readers)
        {
            changes[reader] = changes.GetValueOrDefault(reader, new WeightChange()) with { Columns = columns };
        }

        _biases.Change(changes, site.Maker, rows);
    }
}
