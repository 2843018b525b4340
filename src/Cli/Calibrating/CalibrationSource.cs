using Flightc.Caching;
using Flightc.Calibration;
using Flightc.Checkpoints;
using Flightc.Cli.Caching;
using Flightc.Cli.Commands;
using Flightc.Cli.Reports;
using Flightc.Compression;
using Flightc.Diagnostics;
using Flightc.Models;

namespace Flightc.Cli.Calibrating;

/// <summary>
/// What a user names with <c>--calibration</c>: a file of statistics, known by its content, or a text, which is calibrated with at once and
/// with the usual wishes.
/// </summary>
internal sealed class CalibrationSource : IDisposable
{
    private readonly TemporaryFile? _temporary;
    private readonly Lazy<CalibrationStatistics> _statistics;
    private readonly Lazy<StatisticsDigests> _digests;
    private readonly IReadOnlyDictionary<string, string>? _known;

    private CalibrationSource(Func<CalibrationStatistics> statistics, TemporaryFile? temporary, IReadOnlyDictionary<string, string>? known)
    {
        (_temporary, _known) = (temporary, known);
        _statistics = new Lazy<CalibrationStatistics>(statistics);
        _digests = new Lazy<StatisticsDigests>(() => new StatisticsDigests(_statistics.Value));
        Statistics = new WhenAsked(_statistics);
    }

    /// <summary>What calibration found; until this is disposed.</summary>
    public ICalibration Statistics { get; }

    /// <summary>Whether statistics are there: of a text whose hashes a cache has kept they are found when somebody asks.</summary>
    public bool IsFound => _statistics.IsValueCreated;

    /// <summary>The runs that they come from, for provenance.</summary>
    public IReadOnlyList<CalibrationPart> Parts => _statistics.Value.Parts;

    /// <summary>Has statistics found now, where they are not there.</summary>
    public void Require() => _ = _statistics.Value;

    /// <summary>Hash of what calibration found of a weight: <see cref="StatisticsDigests.Of"/>.</summary>
    public string DigestOf(string role) => _known is null ? _digests.Value.Of(role) : _known.GetValueOrDefault(role, "");

    /// <summary>Opens statistics, or finds them.</summary>
    /// <param name="path">A file of <c>flightc calibrate</c>, or a text.</param>
    /// <param name="modelPath">The model as the user named it, for messages.</param>
    /// <param name="checkpoint">The model's files.</param>
    /// <param name="model">Made of them, before any pass.</param>
    /// <param name="threads">The most threads; -1 for all processors.</param>
    /// <param name="warnings">Told of texts that are too short to say much.</param>
    /// <param name="invocation">Shows progress, and stops.</param>
    /// <param name="cache">Keeps hashes of what is found, so that it need not be found where nobody asks; null for none.</param>
    /// <param name="usesDerivatives">Whether derivatives are needed; without, a text takes a third of the time.</param>
    /// <exception cref="CompilationException">The file cannot be read, is of another model (FLC1401), or calibration fails.</exception>
    public static CalibrationSource Open(
        string path, string modelPath, HuggingFaceCheckpoint checkpoint, ImportedModel model, int threads, DiagnosticBag warnings,
        Invocation invocation, CacheFolder? cache = null, bool usesDerivatives = true)
    {
        CalibrateJob.RequireWeights(model, modelPath);
        if (CalibrationFile.IsStatistics(path) || Path.GetExtension(path).Equals(".safetensors", StringComparison.OrdinalIgnoreCase))
        {
            return Begun(new CalibrationSource(() => Read(path, model, usesDerivatives), null, null));
        }

        TemporaryFile file = new("statistics", invocation);
        try
        {
            CalibrateRequest request = new(modelPath, path, file.FilePath) { Threads = threads, Draws = usesDerivatives ? 1 : 0 };
            IReadOnlyList<int[]> windows = CalibrationText.Read(request, checkpoint, model.Config, warnings, invocation.Token);
            CalibrationStatistics Find()
            {
                new CalibrateJob(invocation).Calibrate(request, model, windows, tellsWork: false);
                return CalibrationFile.Read(file.FilePath);
            }

            CacheKey? key = cache is null
                ? null : CachedDigests.KeyOf(ContentHash.OfModel(model.Graph, model.Weights), model.Graph, windows, CalibrateJob.OptionsOf(request));
            if (key is not null && CachedDigests.Find(cache!, key) is { } known)
            {
                return new CalibrationSource(Find, file, known);
            }

            CalibrationSource found = Begun(new CalibrationSource(Find, file, null));
            if (key is not null)
            {
                CachedDigests.Store(cache!, key, found._digests.Value.All());
            }

            return found;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_statistics.IsValueCreated)
        {
            _statistics.Value.Dispose();
        }

        _temporary?.Dispose();
    }

    private static CalibrationSource Begun(CalibrationSource source)
    {
        source.Require();
        return source;
    }

    private static CalibrationStatistics Read(string path, ImportedModel model, bool usesDerivatives)
    {
        CalibrationStatistics statistics = CalibrationFile.Read(path);
        if (usesDerivatives && !statistics.HasDerivatives)
        {
            statistics.Dispose();
            throw new CompilationException(
                Codes.CalibrationInvalid, "the statistics were found with --draws 0: they have no derivatives, which are needed here", path,
                "calibrate with --draws 1, or take a recipe with 'method: gptq' and no migration");
        }

        string hash = ContentHash.OfModel(model.Graph, model.Weights);
        if (statistics.ModelHash == hash)
        {
            return statistics;
        }

        statistics.Dispose();
        throw new CompilationException(
            Codes.CalibrationInvalid, $"the statistics are of a model with the hash {statistics.ModelHash[..12]}, and this one has {hash[..12]}", path,
            "calibrate this model, or compile the one that was calibrated");
    }

    private sealed class WhenAsked(Lazy<CalibrationStatistics> statistics) : ICalibration
    {
        public WeightStatistics? Find(string role) => statistics.Value.Find(role);
    }
}
