using Flightc.Diagnostics;
using Flightc.Numerics;

namespace Flightc.Runtime.Evaluation;

/// <summary>
/// The scores of some windows. Those of different windows can be merged in any order: results are computed in
/// order of record and window.
/// </summary>
/// <param name="name">The evaluated model.</param>
/// <param name="referenceName">What it was compared with, or null.</param>
public sealed class EvaluationScores(string name, string? referenceName)
{
    private readonly SortedDictionary<(int Record, int Window), ScoreSums> _windows = [];

    /// <summary>Scored tokens so far.</summary>
    public long Tokens { get; private set; }

    /// <summary>Adds a window, which has at least one scored token.</summary>
    /// <exception cref="ArgumentException">The window is there already.</exception>
    public void Add(WindowScore score)
    {
        _windows.Add((score.Record, score.Window), score.Sums);
        Tokens += score.Sums.Tokens;
    }

    /// <summary>Adds the windows of another part of the same evaluation.</summary>
    /// <exception cref="ArgumentException">A window is in both.</exception>
    public void Merge(EvaluationScores other)
    {
        foreach (((int record, int window), ScoreSums sums) in other._windows)
        {
            Add(new WindowScore(record, window, sums));
        }
    }

    /// <summary>The scores of each record that has some, in order.</summary>
    public IReadOnlyList<RecordScore> Records =>
        [.. _windows.GroupBy(w => w.Key.Record, w => w.Value).Select(record => new RecordScore(record.Key, Sum(record)))];

    /// <summary>How much further than another model this one is from the reference: the mean of KL here minus KL there, paired by
    /// token.</summary>
    /// <param name="other">Another model's scores of the same windows, against the same reference.</param>
    /// <exception cref="ArgumentException">Other windows were scored, or none.</exception>
    public ClusteredMean DivergenceBeyond(EvaluationScores other)
    {
        if (Tokens == 0 || !_windows.Select(w => (w.Key, w.Value.Tokens)).SequenceEqual(other._windows.Select(w => (w.Key, w.Value.Tokens))))
        {
            throw new ArgumentException("scores of the same windows are wanted", nameof(other));
        }

        return ClusteredMean.Of(
            [.. Clusters().Zip(other.Clusters(), (mine, their) => (mine.Divergence - their.Divergence, mine.Tokens))]);
    }

    /// <summary>The numbers.</summary>
    /// <param name="protocol">How they came about.</param>
    /// <exception cref="CompilationException">There are no scores (FLC1302).</exception>
    public EvaluationResult Summarize(EvaluationProtocol protocol)
    {
        if (Tokens == 0)
        {
            throw new CompilationException(
                Codes.TextInvalid, "there is nothing to score: no record has two tokens", "", "give a longer text");
        }

        int records = CountRecords();
        ScoreSums all = Sum(Records.Select(r => r.Sums));
        ReferenceComparison? comparison = referenceName is null
            ? null
            : ReferenceComparison.Of(
                referenceName, all, Clusters(), records > 1 ? "record" : "window");
        return new EvaluationResult(
            name, protocol, records, _windows.Count, all.Tokens,
            PortableMath.Exp(all.LogLoss / all.Tokens), comparison);
    }

    private int CountRecords() => _windows.Keys.Select(k => k.Record).Distinct().Count();

    // What standard errors take as independent: records, or the windows of the only one.
    private ScoreSums[] Clusters() => CountRecords() > 1 ? [.. Records.Select(r => r.Sums)] : [.. _windows.Values];

    private static ScoreSums Sum(IEnumerable<ScoreSums> parts) => parts.Aggregate((a, b) => a + b);
}
