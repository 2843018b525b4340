using Flightc.Checkpoints;
using Flightc.Cli.Calibrating;
using Flightc.Cli.Commands;
using Flightc.Cli.Compiling;
using Flightc.Cli.Reports;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;
using Flightc.Export;
using Flightc.IR;
using Flightc.Models;
using Flightc.Onnx;
using Flightc.Onnx.Writing;
using Flightc.Passes;
using Flightc.Passes.Compression;
using Flightc.Passes.Migration;
using Flightc.Recipes;

namespace Flightc.Cli.Exporting;

/// <summary>Exports a model as a user wishes: the float Graph, or what the passes and a recipe make of it.</summary>
/// <param name="invocation">Progress and interruption.</param>
internal sealed class ExportJob(Invocation invocation)
{
    private const string OutputOption = "-o";

    private readonly DiagnosticBag _warnings = new();

    /// <summary>Exports; the files are there whole afterwards, or not at all.</summary>
    /// <exception cref="CompilationException">The user's wishes cannot be met, or the environment failed.</exception>
    /// <exception cref="OperationCanceledException">The user interrupted.</exception>
    public ExportResult Run(ExportRequest request)
    {
        ResultFile.Require(request.Output, OutputOption, request.Model);
        ResultFile.Require(request.Data, OutputOption, request.Model);
        ResultFile.RequireApart((OutputOption, request.Output), ("--calibration", request.Calibration));
        ResultFile.RequireApart((OutputOption, request.Data), ("--calibration", request.Calibration));
        if (File.Exists(request.Data) && !File.Exists(request.Output))
        {
            throw new CompilationException(
                Codes.Usage, $"{OutputOption} would overwrite a file of weights that is there without its model", request.Data, "name another file, or move that one away");
        }

        Recipe? recipe = request.Recipe is { } name ? new RecipeCatalog().Find(name) : null;
        recipe = recipe is null ? null : CalibrationWishes.Follow(recipe, request.Calibration is not null, "export", _warnings);
        using HuggingFaceCheckpoint checkpoint = ModelFile.Open(request.Model, _warnings);
        bool calibrates = recipe?.Compression.UsesCalibration == true;
        ImportedModel model = ModelImporter.Import(checkpoint, hash: calibrates, request.MaxLength);
        foreach (Diagnostic warning in model.Diagnostics)
        {
            _warnings.Add(warning);
        }

        RequireWeights(model, request.Model);
        Graph graph = WithContext(model, request);
        if (recipe is null)
        {
            return Write(GraphExport.Build(graph, model.Weights, null, request.Options), graph, null, request);
        }

        graph = Compilation.Quantize(graph, recipe, graph.ContextLength, new PassObserver(), _warnings, model.Weights);
        using CalibrationSource? calibration = calibrates
            ? CalibrationSource.Open(request.Calibration!, request.Model, checkpoint, model, request.Threads, _warnings, invocation, usesDerivatives: recipe.Compression.UsesDerivatives)
            : null;
        WeightNotes notes = new();
        MigratedModel migrated = MigratedModel.Of(
            graph, weight => weight.Format, model.Weights, calibration?.Statistics, recipe.Compression, request.Threads, notes.Add);
        CompressedWeights quantized = new(graph, migrated.Weights, recipe.Compression, migrated.Calibration) { Threads = request.Threads, Note = notes.Add };
        OnnxModel onnx = GraphExport.Build(graph, migrated.Weights, quantized, request.Options);
        ExportResult result = Write(onnx, graph, recipe.Name, request);
        notes.ReportTo(_warnings, graph.Weights.Select(w => w.Name));
        return result with { Warnings = [.. _warnings.Items] };
    }

    private static void RequireWeights(ImportedModel model, string path)
    {
        if (!model.Weights.HasData)
        {
            throw new CompilationException(
                Codes.FileNotReadable, "there are no weights beside the configuration, and an export holds them", path,
                "name a folder with safetensors files");
        }
    }

    // Tables of positions are as long as a sequence can get.
    private static Graph WithContext(ImportedModel model, ExportRequest request)
    {
        Graph graph = model.Graph;
        if (request.MaxLength is { } length && (length < 1 || length > model.Config.MaxPositions))
        {
            throw new CompilationException(
                Codes.LengthUnsupported, $"--max-length {length}: the model was made for sequences of 1 to {model.Config.MaxPositions} tokens", request.Model,
                "give a length within that range, or none");
        }

        return new Graph(graph.Name, request.MaxLength ?? model.Config.MaxPositions, graph.Inputs, graph.Weights, graph.Nodes, graph.Outputs);
    }

    private ExportResult Write(OnnxModel model, Graph graph, string? recipe, ExportRequest request)
    {
        using IDisposable cleanup = invocation.OnHardStop(() =>
        {
            foreach (string path in OnnxWriter.PartialPaths(request.Output))
            {
                File.Delete(path);
            }
        });
        ProgressBar.Run(invocation.Output, "exporting", progress =>
        {
            ExportFile.Write(request.Output, model, share =>
            {
                invocation.Token.ThrowIfCancellationRequested();
                progress(share);
            });
            return true;
        });
        return new ExportResult(model, recipe, Compilation.WeightCount(graph), graph.ContextLength, [.. _warnings.Items]);
    }
}
