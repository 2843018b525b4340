using System.Collections.Concurrent;
using Flightc.Compression;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Recipes;

namespace Flightc.Passes.Compression;

/// <summary>
/// The loss that calibration predicts, in nats of KL per token: a weight is brought into the format as compiling would bring it,
/// and <c>½ · tr(G · E · A · Eᵀ)</c> of its error is taken.
/// </summary>
/// <remarks>The second-order expansion of the KL divergence around the float model, where the first order vanishes; as Hessian-aware
/// quantisation has it (Z. Dong et al., HAWQ-V2, 2019, arXiv 1911.03852), with the error that is really made in the place of a
/// random one.</remarks>
/// <param name="graph">Says shapes.</param>
/// <param name="weights">The floats.</param>
/// <param name="calibration">Knows all weights that are asked for.</param>
/// <param name="wishes">How weights are brought into formats.</param>
public sealed class CalibratedLoss(Graph graph, IWeights weights, ICalibration calibration, CompressionWishes wishes) : ICandidateLoss
{
    // Candidates are many, and what more passes would gain is nearly the same share of each.
    private const int DescentPasses = 2;

    private readonly Dictionary<string, Weight> _described = graph.Weights.ToDictionary(w => w.Name, StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Role, QuantizedFormat Format), double> _known = [];

    /// <summary>The most threads to use; -1 for as many as there are processors. No loss depends on it.</summary>
    public int Threads { get; init; } = -1;

    /// <summary>Finds losses before they are asked for: weights at the same time, a weight's formats one after another.</summary>
    /// <param name="wanted">Roles, and formats of each.</param>
    /// <param name="progress">Told the share that is done, 0 … 1.</param>
    /// <param name="token">Stops between formats.</param>
    /// <exception cref="CompilationException">As <see cref="CompressedWeights.Get"/>.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public void Find(
        IReadOnlyList<(string Role, IReadOnlyList<QuantizedFormat> Formats)> wanted, Action<double> progress, CancellationToken token)
    {
        double all = wanted.Sum(w => w.Formats.Count * (double)Elements(w.Role)), done = 0;
        Lock guard = new();

        // The largest first, so that none is waited for alone at the end.
        var queue = Partitioner.Create(wanted.OrderByDescending(w => Elements(w.Role)), EnumerablePartitionerOptions.NoBuffering);
        try
        {
            Parallel.ForEach(queue, new ParallelOptions { MaxDegreeOfParallelism = Threads, CancellationToken = token }, work =>
            {
                foreach (QuantizedFormat[] formats in work.Formats.GroupBy(f => f.Sparsity.IsDense).Select(g => g.ToArray()))
                {
                    Candidate candidate = Prepare(work.Role, formats[0]);
                    foreach (QuantizedFormat format in formats)
                    {
                        token.ThrowIfCancellationRequested();
                        _known.GetOrAdd((work.Role, format), _ => LossOf(candidate, format));
                        lock (guard)
                        {
                            done += Elements(work.Role);
                            progress(done / all);
                        }
                    }
                }
            });
        }
        catch (AggregateException e) when (e.Flatten().InnerExceptions.OfType<CompilationException>().FirstOrDefault() is { } first)
        {
            throw new CompilationException(first.Diagnostics);
        }
    }

    /// <inheritdoc/>
    public double LossOf(string role, QuantizedFormat format) =>
        _known.GetOrAdd((role, format), _ => LossOf(Prepare(role, format), format));

    private double LossOf(Candidate candidate, QuantizedFormat format)
    {
        (float[] values, WeightStatistics statistics, SecondOrderQuantizer quantizer) = candidate;
        try
        {
            RoundToNearest.RequirePossible(statistics.Role, statistics.Rows, statistics.Columns, format);
        }
        catch (CompilationException)
        {
            return double.PositiveInfinity;
        }

        return quantizer.LossOf(CompressedWeights.Compress(values, statistics, format, wishes, () => quantizer, threads: 1));
    }

    // For all formats that are as sparse as one.
    private Candidate Prepare(string role, QuantizedFormat format)
    {
        Weight weight = _described[role];
        float[] values = WeightRows.ReadAll(weight, weights);
        WeightStatistics statistics = CompressedWeights.StatisticsOf(weight, calibration);
        CompressionOptions options = CompressionOptions.Of(wishes);
        options = options with { Rounds = 1, DescentPasses = Math.Min(options.DescentPasses, DescentPasses) };
        return new Candidate(values, statistics, new SecondOrderQuantizer(values, statistics, !format.Sparsity.IsDense, options, threads: 1));
    }

    private long Elements(string role) => _described[role].Type.Shape.Aggregate(1L, (product, d) => product * d.Size);

    // A weight, ready to be brought into formats.
    private sealed record Candidate(float[] Values, WeightStatistics Statistics, SecondOrderQuantizer Quantizer);
}
