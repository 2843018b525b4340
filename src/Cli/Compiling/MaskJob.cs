using Flightc.Caching;
using Flightc.Calibration;
using Flightc.Cli.Caching;
using Flightc.Cli.Commands;
using Flightc.Cli.Reports;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;
using Flightc.Passes.Masking;
using Flightc.Recipes;
using Flightc.Reference;
using Flightc.Texts;
using Flightc.Tokenizers;

namespace Flightc.Cli.Compiling;

/// <summary>Gets the attention masks of a compilation: from a file, by the recipe, or by a search on calibration.</summary>
/// <param name="invocation">Progress and interruption.</param>
internal sealed class MaskJob(Invocation invocation)
{
    /// <summary>What a search found; null where none was wanted.</summary>
    public MaskSearchResult? Found { get; private set; }

    /// <summary>The file that the masks come from, for the manifest; none where there is none.</summary>
    public static IEnumerable<string> FilesOf(CompileRequest request, Recipe recipe) =>
        request.Masks is { } masks ? [masks]
            : recipe.Attention.Kind == MaskKind.Calibrated && request.Calibration is { } text ? [text]
            : [];

    /// <summary>The graph with its masks.</summary>
    /// <param name="model">The checkpoint, understood.</param>
    /// <param name="recipe">Says whether there are to be masks.</param>
    /// <param name="request">Files of masks and of calibration.</param>
    /// <param name="contextLength">The most tokens of a sequence.</param>
    /// <param name="tokenizer">The tokenizer's JSON; empty for none.</param>
    /// <param name="cache">Where masks that were found are kept; null for nowhere.</param>
    /// <exception cref="CompilationException">A file cannot be read or is for another model, or calibration is wanted
    /// and not given (FLC9001).</exception>
    public Graph Apply(
        ImportedModel model, Recipe recipe, CompileRequest request, int contextLength, byte[] tokenizer, CacheFolder? cache = null)
    {
        if (request.Masks is { } file)
        {
            return AttentionMaskFile.Read(file).ApplyTo(model.Graph);
        }

        if (recipe.Attention.Kind != MaskKind.Calibrated)
        {
            return model.Graph;
        }

        if (request.Calibration is not { } calibration)
        {
            throw UsageErrors.Of(
                "compile", $"the recipe '{recipe.Name}' wants attention masks from calibration: give a text with --calibration, or masks with --masks");
        }

        if (CalibrationFile.IsStatistics(calibration))
        {
            throw new CompilationException(
                Codes.CalibrationInvalid,
                $"the recipe '{recipe.Name}' wants attention masks from calibration, and statistics have no text to find them on", calibration,
                "give the text with --calibration, or masks of an earlier compilation with --masks");
        }

        Tokenizer? ids = tokenizer.Length > 0 ? Tokenizer.FromJson(tokenizer, request.Model) : null;
        Graph graph = new(
            model.Graph.Name, contextLength, model.Graph.Inputs, model.Graph.Weights, model.Graph.Nodes, model.Graph.Outputs);
        MaskSearchOptions options = new(recipe.Attention.Keep, recipe.Attention.Sink);
        int[][] records = [.. TextRecords.Read(calibration).Select(record => record.Encode(ids))];
        Found = CachedMasks.Find(cache, graph, records, options, () => ProgressBar.Run(invocation.Output, "finding attention masks", progress =>
        {
            FloatForwardPass forward = new(new FloatExecutor(graph, model.Weights, request.Threads > 0 ? request.Threads : null), invocation.Token);
            return MaskSearch.Find(graph, model.Weights, forward, records, options, progress);
        }));
        if (request.SaveMasks is { } path)
        {
            ResultFile.Write(path, invocation, AttentionMaskFile.Print(Found.Masks));
        }

        return Found.Masks.ApplyTo(model.Graph);
    }
}
