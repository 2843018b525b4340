using Flightc.Calibration;
using Flightc.Checkpoints;
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
    private readonly CalibrationStatistics _statistics;

    private CalibrationSource(CalibrationStatistics statistics, TemporaryFile? temporary) => (_statistics, _temporary) = (statistics, temporary);

    /// <summary>What calibration found; until this is disposed.</summary>
    public ICalibration Statistics => _statistics;

    /// <summary>The runs that it comes from, for provenance.</summary>
    public IReadOnlyList<CalibrationPart> Parts => _statistics.Parts;

    /// <summary>Opens statistics, or finds them.</summary>
    /// <param name="path">A file of <c>flightc calibrate</c>, or a text.</param>
    /// <param name="modelPath">The model as the user named it, for messages.</param>
    /// <param name="checkpoint">The model's files.</param>
    /// <param name="model">Made of them, before any pass.</param>
    /// <param name="threads">The most threads; -1 for all processors.</param>
    /// <param name="warnings">Told of texts that are too short to say much.</param>
    /// <param name="invocation">Shows progress, and stops.</param>
    /// <param name="usesDerivatives">Whether derivatives are needed; without, a text takes a third of the time.</param>
    /// <exception cref="CompilationException">The file cannot be read, is of another model (FLC1401), or calibration fails.</exception>
    public static CalibrationSource Open(
        string path, string modelPath, HuggingFaceCheckpoint checkpoint, ImportedModel model, int threads, DiagnosticBag warnings,
        Invocation invocation, bool usesDerivatives = true)
    {
        CalibrateJob.RequireWeights(model, modelPath);
        if (CalibrationFile.IsStatistics(path) || Path.GetExtension(path).Equals(".safetensors", StringComparison.OrdinalIgnoreCase))
        {
            return new CalibrationSource(Read(path, model, usesDerivatives), null);
        }

        TemporaryFile file = new("statistics", invocation);
        try
        {
            CalibrateRequest request = new(modelPath, path, file.FilePath) { Threads = threads, Draws = usesDerivatives ? 1 : 0 };
            IReadOnlyList<int[]> windows = CalibrationText.Read(request, checkpoint, model.Config, warnings, invocation.Token);
            new CalibrateJob(invocation).Calibrate(request, model, windows, tellsWork: false);
            return new CalibrationSource(CalibrationFile.Read(file.FilePath), file);
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
        _statistics.Dispose();
        _temporary?.Dispose();
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
}
