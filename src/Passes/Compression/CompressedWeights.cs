using System.Collections.Concurrent;
using Flightc.Compression;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Recipes;

namespace Flightc.Passes.Compression;

/// <summary>The weights of a graph, brought into their formats as a recipe wishes, when asked for. Safe from several threads.</summary>
/// <param name="graph">Says shapes and formats.</param>
/// <param name="weights">The floats.</param>
/// <param name="wishes">How.</param>
/// <param name="calibration">What is known of the model's activations; null where nothing is, and then wishes need none.</param>
public sealed class CompressedWeights(Graph graph, IWeights weights, CompressionWishes wishes, ICalibration? calibration) : IQuantizedWeights
{
    private readonly Dictionary<string, Weight> _described = graph.Weights.ToDictionary(w => w.Name, StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<QuantizedMatrix>> _kept = new(StringComparer.Ordinal);
    private RoundToNearestWeights? _rounded;

    /// <summary>The most threads to use; -1 for as many as there are processors.</summary>
    public int Threads { get; init; } = -1;

    /// <summary>Has arrays that can be used again; null for none.</summary>
    public MatrixPool? Pool { get; init; }

    /// <summary>Ends the work on a matrix early.</summary>
    public CancellationToken Token { get; init; }

    /// <summary>Whether what was made is kept for the next who asks; without, every call makes it anew.</summary>
    public bool KeepsAll { get; init; }

    /// <summary>Told the role of a weight and what a user should know about it.</summary>
    public Action<string, string>? Note { get; init; }

    /// <inheritdoc/>
    /// <exception cref="CompilationException">As <see cref="RoundToNearestWeights.Get"/>; or calibration does not know the weight, or knows
    /// another shape (FLC2003).</exception>
    public QuantizedMatrix Get(string name) =>
        KeepsAll ? _kept.GetOrAdd(name, n => new Lazy<QuantizedMatrix>(() => Make(n))).Value : Make(name);

    /// <inheritdoc/>
    public MatrixCost CostOf(string name) => MatrixCosts.Of(_described[name], wishes);

    /// <inheritdoc/>
    public void Release(QuantizedMatrix matrix)
    {
        if (!KeepsAll)
        {
            Pool?.Return(matrix);
        }
    }

    private RoundToNearestWeights Rounded =>
        _rounded ??= new RoundToNearestWeights(graph, weights, keep: false) { Threads = Threads, Pool = Pool, Token = Token };

    private QuantizedMatrix Make(string name)
    {
        Token.ThrowIfCancellationRequested();

        // What the checkpoint brings in this very format needs no rounding.
        if (weights is IStoredCodes stored && _described.TryGetValue(name, out Weight? kept) && kept.Format is { } wanted
            && stored.FindFormat(name, out _) == wanted)
        {
            return stored.ReadCodes(name);
        }

        if (calibration is null || !wishes.UsesCalibration || !_described.TryGetValue(name, out Weight? weight)
            || weight.Format is not { } format || weight.Type.Shape.Count != 2)
        {
            return Rounded.Get(name);
        }

        WeightStatistics statistics = StatisticsOf(weight, calibration);
        if (wishes.Method == QuantizationMethod.SecondOrder && !statistics.HasDerivatives)
        {
            throw new CompilationException(
                Codes.QuantisationImpossible, "the statistics were found without derivatives, and 'second_order' needs them", name,
                "calibrate with --draws 1, or take 'method: gptq'");
        }

        if (!statistics.HasMoments)
        {
            // A table that tokens are looked up in: no column makes up for another.
            return Rounded.Get(name);
        }

        RoundToNearest.RequirePossible(name, statistics.Rows, statistics.Columns, format);
        float[] values = WeightRows.ReadAll(weight, weights);
        Lazy<SecondOrderQuantizer> quantizer = new(() => new SecondOrderQuantizer(
            values, statistics, !format.Sparsity.IsDense, CompressionOptions.Of(wishes), Threads, note => Note?.Invoke(name, note)));
        return Compress(values, statistics, format, wishes, () => quantizer.Value, Threads);
    }

    /// <summary>Brings a matrix into a format.</summary>
    /// <param name="values">W, (N, K), finite; not changed.</param>
    /// <param name="statistics">What calibration knows of it.</param>
    /// <param name="format">Bits, groups, sparsity.</param>
    /// <param name="wishes">How.</param>
    /// <param name="quantizer">Prepared for W and the format; asked where the wishes need it.</param>
    /// <param name="threads">The most threads to use; -1 for as many as there are processors.</param>
    internal static QuantizedMatrix Compress(
        float[] values, WeightStatistics statistics, QuantizedFormat format, CompressionWishes wishes, Func<SecondOrderQuantizer> quantizer,
        int threads)
    {
        if (wishes.Method != QuantizationMethod.RoundToNearest)
        {
            return quantizer().Quantize(format);
        }

        float[] pruned = format.Sparsity.IsDense ? values : wishes.Pruning switch
        {
            PruningMethod.Magnitude => values,
            PruningMethod.Wanda => PrunedByWanda(values, statistics, format),
            PruningMethod.SparseGpt => quantizer().Prune(format),
        };
        int columns = statistics.Columns;
        return RoundToNearest.Quantize(
            statistics.Role, statistics.Rows, columns, format, (row, to) => pruned.AsSpan(row * columns, columns).CopyTo(to), threads);
    }

    // Without making up for what is dropped, as its authors have it.
    private static float[] PrunedByWanda(float[] values, WeightStatistics statistics, QuantizedFormat format)
    {
        float[] moment = EffectiveMoments.Of(FiniteStatistics.Of(statistics, null)).Input;
        int columns = statistics.Columns;
        values = (float[])values.Clone();
        for (int first = 0; first < statistics.Rows; first += CodeGrid.Run)
        {
            // By the rows of a tile, which a pattern is of.
            Span<float> weights = values.AsSpan(
                first * columns, Math.Min(CodeGrid.Run, statistics.Rows - first) * columns);
            float[] scores = new float[weights.Length];
            for (int start = 0; start < scores.Length; start += columns)
            {
                WandaScores.Fill(weights.Slice(start, columns), moment, scores.AsSpan(start, columns));
            }

            MagnitudePruning.Prune(scores, columns, format.Sparsity);
            for (int i = 0; i < scores.Length; i++)
            {
                weights[i] = scores[i] == 0 ? 0 : weights[i];
            }
        }

        return values;
    }

    /// <summary>What calibration knows of a weight.</summary>
    /// <exception cref="CompilationException">Nothing, or it knows another shape (FLC2003).</exception>
    internal static WeightStatistics StatisticsOf(Weight weight, ICalibration calibration)
    {
        WeightStatistics found = calibration.Find(weight.Name) ?? throw new CompilationException(
            Codes.QuantisationImpossible, "the calibration knows nothing of this weight", weight.Name,
            "calibrate this very model: flightc calibrate MODEL --text TEXT -o STATS");
        return found.Rows == weight.Type.Shape[0].Size && found.Columns == weight.Type.Shape[1].Size
            ? found
            : throw new CompilationException(
                Codes.QuantisationImpossible,
                $"the calibration knows it as ({found.Rows}, {found.Columns}), the model as ({weight.Type.Shape[0].Size}, {weight.Type.Shape[1].Size})",
                weight.Name, "calibrate this very model: flightc calibrate MODEL --text TEXT -o STATS");
    }
}
