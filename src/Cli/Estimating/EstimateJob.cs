using System.Globalization;
using Flightc.Checkpoints;
using Flightc.Cli.Commands;
using Flightc.Cli.Compiling;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;
using Flightc.Passes;
using Flightc.Recipes;
using Flightc.Settings;
using Flightc.Targets;

namespace Flightc.Cli.Estimating;

/// <summary>Estimates a model on one machine, or on all points of a sweep.</summary>
/// <param name="invocation">Progress, interruption, and the report of a bug.</param>
internal sealed class EstimateJob(Invocation invocation)
{
    private readonly DiagnosticBag _warnings = new();

    // A sweep over what no instruction depends on, such as energies, compiles once.
    private readonly Dictionary<string, CompiledProgram> _compiled = new(StringComparer.Ordinal);

    /// <summary>What is worth knowing.</summary>
    public IReadOnlyList<Diagnostic> Warnings => _warnings.Items;

    /// <summary>Estimates on one machine.</summary>
    /// <exception cref="CompilationException">The model cannot be mapped onto the machine at all, or the user's
    /// wishes make no sense.</exception>
    public ModelEstimate Run(EstimateRequest request)
    {
        if (IsPublished(request.Target!))
        {
            using HuggingFaceCheckpoint checkpoint = ModelFile.Open(request.Model, _warnings);
            return PublishedEstimator.Read(request.Target!, []).Estimate(request, Import(checkpoint, request.MaxLength), invocation.Token);
        }

        if (request.Ablation)
        {
            throw UsageErrors.Of("estimate", "--ablation changes a published machine: give it with --target flightllm-u280");
        }

        using CompileInputs inputs = CompileInputs.Open(request.Model, request.Target!, request.Recipe, _warnings);
        ModelEstimate estimate = Estimate(request, Import(inputs.Checkpoint, request.MaxLength), inputs.Target, inputs.Recipe, isBrief: false);
        foreach (Diagnostic misfit in estimate.Misfits)
        {
            _warnings.Warning(misfit.Code, misfit.Message, misfit.Location, misfit.Help);
        }

        return estimate;
    }

    /// <summary>Estimates on all points of a sweep; a point that cannot be estimated says why.</summary>
    /// <exception cref="CompilationException">What is varied does not exist, or the model cannot be read.</exception>
    public IReadOnlyList<SweepPoint> Sweep(EstimateRequest request)
    {
        IReadOnlyList<string> targets = ValuesOf(request, SweepAxis.Target, request.Target!);
        IReadOnlyList<string> recipes = ValuesOf(request, SweepAxis.Recipe, request.Recipe);
        RequireKeys(request, targets);
        Dictionary<string, Recipe> known = recipes.ToDictionary(name => name, name => new RecipeCatalog().Find(name));
        using HuggingFaceCheckpoint checkpoint = ModelFile.Open(request.Model, _warnings);
        ImportedModel model = Import(checkpoint, request.MaxLength);
        IReadOnlyList<(string Key, string Value)>[] points = [.. SweepPoint.Of(request.Sweep)];
        return ProgressBar.Run(invocation.Output, "estimating", progress =>
        {
            List<SweepPoint> done = [];
            foreach (IReadOnlyList<(string Key, string Value)> settings in points)
            {
                invocation.Token.ThrowIfCancellationRequested();
                done.Add(Point(request, model, known, settings));
                progress((double)done.Count / points.Length);
            }

            return (IReadOnlyList<SweepPoint>)done;
        });
    }

    private static bool IsPublished(string target) => new TargetCatalog().FindForValidation(target) is not null;

    private static IReadOnlyList<string> ValuesOf(EstimateRequest request, string key, string otherwise) =>
        request.Sweep.FirstOrDefault(a => a.Key == key)?.Values ?? [otherwise];

    private static string ValueOf(IReadOnlyList<(string Key, string Value)> settings, string key, string otherwise) =>
        settings.FirstOrDefault(s => s.Key == key).Value ?? otherwise;

    private static void RequireKeys(EstimateRequest request, IReadOnlyList<string> targets)
    {
        foreach (string target in targets)
        {
            IReadOnlyList<string> numbers = new TargetCatalog().NumbersOf(target);
            foreach (SweepAxis axis in request.Sweep.Where(a => a.Path is not null && !numbers.Contains(a.Path)))
            {
                throw new CompilationException(
                    Codes.Usage,
                    $"--sweep '{Excerpt.Of(axis.Key)}': target '{Excerpt.Of(target)}' has no such number{Suggestion.For(axis.Key, [SweepAxis.Target, SweepAxis.Recipe, .. numbers])}", "",
                    $"what can be varied is {SweepAxis.Target}, {SweepAxis.Recipe}, clock, and the numbers of the target's file: {string.Join(", ", numbers)}");
            }
        }
    }

    private SweepPoint Point(
        EstimateRequest request, ImportedModel model, Dictionary<string, Recipe> recipes,
        IReadOnlyList<(string Key, string Value)> settings)
    {
        SettingOverride[] numbers =
        [
            .. settings.Zip(request.Sweep).Where(s => s.Second.Path is not null).Select(s => new SettingOverride(s.Second.Path!, s.First.Value)),
        ];
        string name = ValueOf(settings, SweepAxis.Target, request.Target!);
        try
        {
            if (IsPublished(name))
            {
                if (request.RecipeIsGiven || request.Sweep.Any(a => a.Key == SweepAxis.Recipe))
                {
                    return new SweepPoint(settings, null, "a published machine, which ran its own recipe alone");
                }

                return new SweepPoint(settings, PublishedEstimator.Read(name, numbers).Estimate(request, model, invocation.Token), "");
            }

            Target target = new TargetCatalog().Find(name, numbers);
            ModelEstimate estimate = Estimate(
                request, model, target, recipes[ValueOf(settings, SweepAxis.Recipe, request.Recipe)], isBrief: true);
            return estimate.Misfits.Count == 0
                ? new SweepPoint(settings, estimate, "")
                : new SweepPoint(settings, null, estimate.Misfits[0].Message);
        }
        catch (CompilationException e) when (e.ExitCode == ExitCode.Unsupported)
        {
            return new SweepPoint(settings, null, e.Diagnostics.First(d => d.Severity == Severity.Error).Message);
        }
    }

    private static ImportedModel Import(HuggingFaceCheckpoint checkpoint, int? maxLength) => ModelImporter.Import(checkpoint, hash: false, maxLength);

    private ModelEstimate Estimate(EstimateRequest request, ImportedModel model, Target target, Recipe recipe, bool isBrief)
    {
        int context = CompileInputs.ContextLength(model.Config, request.MaxLength, request.Model, _warnings);
        CompiledProgram compiled = Compile(model, target, recipe, context, request);
        CompiledEstimator estimator = new(model, compiled, target, recipe.Name, invocation.Token);
        ModelEstimate estimate = estimator.Estimate(request, isBrief);
        invocation.Output.Detail($"cycle model: {estimator.Steps} steps in {Quantity.Time(estimator.Spent)}");
        return estimate;
    }

    private CompiledProgram Compile(ImportedModel model, Target target, Recipe recipe, int context, EstimateRequest request)
    {
        Isa.Geometry g = target.Geometry;
        string key = string.Join(
            ' ',
            (IEnumerable<object>)
            [
                recipe.Name, g.Target, string.Join(',', target.CoreChannels), g.ChannelBytes, g.DdrBytes, g.ScratchBytes,
                g.WeightRingBytes, g.CacheRingBytes, g.PageBytes, target.MaxPrefillTokens.ToString(CultureInfo.InvariantCulture),
                // What the mapping's search looks at.
                .. request.SearchLimit == 0 ? (IEnumerable<object>)[] : [target.ClockHertz, target.Hbm, target.Ddr, target.Core, target.Buffers, target.Timing],
            ]);
        if (!_compiled.TryGetValue(key, out CompiledProgram? compiled))
        {
            PassObserver observer = new()
            {
                Reached = (file, text) =>
                {
                    invocation.Token.ThrowIfCancellationRequested();
                    invocation.Reproducer.Reached(file, text);
                },
                Timed = (pass, time) => invocation.Output.Detail($"{pass}: {Quantity.Time(time)}"),
            };
            Graph graph = request.Masks is { } masks ? AttentionMaskFile.Read(masks).ApplyTo(model.Graph) : model.Graph;
            compiled = Compilation.Compile(graph, target, recipe, context, observer, _warnings, request.SearchLimit, model.Weights)!;
            _compiled.Add(key, compiled);
        }

        return compiled;
    }
}
