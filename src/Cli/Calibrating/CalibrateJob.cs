using Flightc.Calibration;
using Flightc.Checkpoints;
using Flightc.Cli.Commands;
using Flightc.Cli.Compiling;
using Flightc.Cli.Reports;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;
using Flightc.Models;

namespace Flightc.Cli.Calibrating;

/// <summary>Finds statistics, or merges some.</summary>
internal sealed class CalibrateJob(Invocation invocation)
{
    private const string OutputOption = "-o";

    /// <summary>Calibrates a model into a file.</summary>
    /// <param name="request">What is wanted.</param>
    /// <returns>Warnings that were reported too.</returns>
    /// <exception cref="CompilationException">Something that was named cannot be used.</exception>
    /// <exception cref="OperationCanceledException">The user interrupted; what is done is kept beside the output.</exception>
    public IReadOnlyList<Diagnostic> Run(CalibrateRequest request)
    {
        ResultFile.Require(request.Output, OutputOption, request.Model);
        ResultFile.RequireApart(("--text", request.Text), (OutputOption, request.Output));
        DiagnosticBag warnings = new();
        using HuggingFaceCheckpoint checkpoint = ModelFile.Open(request.Model, warnings);
        ImportedModel model = ModelImporter.Import(checkpoint);
        RequireWeights(model, request.Model);
        IReadOnlyList<int[]> windows = CalibrationText.Read(request, checkpoint, model.Config, warnings, invocation.Token);
        IReadOnlyList<Diagnostic> all = [.. warnings.Items, .. model.Diagnostics];
        invocation.Output.Report(all);
        Calibrate(request, model, windows, tellsWork: true);
        return all;
    }

    /// <summary>Calibrates a model that is open into a file.</summary>
    /// <param name="request">Its text is read already.</param>
    /// <param name="model">The model.</param>
    /// <param name="windows">The text.</param>
    /// <param name="tellsWork">Whether a user who interrupts can come back to the folder.</param>
    public void Calibrate(CalibrateRequest request, ImportedModel model, IReadOnlyList<int[]> windows, bool tellsWork)
    {
        CalibrationOptions options = OptionsOf(request);
        using IDisposable cleanup = invocation.OnHardStop(TellWork);
        try
        {
            ProgressBar.Run(invocation.Output, "calibrating", progress =>
            {
                CalibrationRun.Write(
                    request.Output, model.Graph, model.Weights, windows, options, note => invocation.Output.Say(note.Message), progress, invocation.Token);
                return true;
            });
        }
        catch (OperationCanceledException)
        {
            TellWork();
            throw;
        }

        void TellWork()
        {
            string work = CalibrationRun.WorkFolderOf(request.Output);
            if (tellsWork && Directory.Exists(work))
            {
                invocation.Output.Say($"what is done is kept in {work}: the same command goes on from there");
            }
        }
    }

    /// <summary>What decides about the statistics, beside model and text.</summary>
    public static CalibrationOptions OptionsOf(CalibrateRequest request) => new() { Seed = request.Seed, Draws = request.Draws, Threads = request.Threads };

    /// <summary>Merges statistics into a file.</summary>
    /// <param name="inputs">Two or more files.</param>
    /// <param name="output">Another one.</param>
    /// <exception cref="CompilationException">They do not belong together, or a file cannot be used.</exception>
    public void Merge(IReadOnlyList<string> inputs, string output)
    {
        ResultFile.RequireApart([.. inputs.Distinct(StringComparer.Ordinal).Select(input => ("--merge", (string?)input)), (OutputOption, output)]);
        ResultFile.Require(output, OutputOption, inputs[0]);
        List<CalibrationStatistics> open = [];
        try
        {
            foreach (string input in inputs)
            {
                open.Add(CalibrationFile.Read(input));
            }

            CalibrationStatistics merged = open.Aggregate(CalibrationStatistics.Merge);
            ResultFile.Write(output, invocation, stream => CalibrationFile.Write(stream, merged));
        }
        finally
        {
            open.ForEach(statistics => statistics.Dispose());
        }
    }

    /// <summary>Refuses a model without weights.</summary>
    /// <exception cref="CompilationException">FLC1001.</exception>
    public static void RequireWeights(ImportedModel model, string path)
    {
        if (!model.Weights.HasData)
        {
            throw new CompilationException(
                Codes.FileNotReadable, "there are no weights beside the configuration, and calibration runs the model", path,
                "name a folder with safetensors files");
        }
    }
}
