using Flightc.Backend.Lengths;
using Flightc.Cli.Commands;
using Flightc.Diagnostics;
using Flightc.FlightLlm;
using Flightc.Models;
using Flightc.Settings;
using Flightc.Targets;

namespace Flightc.Cli.Estimating;

/// <summary>
/// Estimates a model on a published machine with the published templates, under the published recipe:
/// docs/published-timing.md.
/// </summary>
internal sealed class PublishedEstimator
{
    private const string Merged = "merged";
    private const string Published = "published";

    private readonly PublishedTarget _target;

    private PublishedEstimator(PublishedTarget target) => _target = target;

    /// <summary>Reads a published machine.</summary>
    /// <param name="nameOrPath">A target that exists for validation only.</param>
    /// <param name="numbers">Numbers that take the place of the file's.</param>
    /// <exception cref="CompilationException">As <see cref="PublishedTargetFile.Read(string)"/>.</exception>
    public static PublishedEstimator Read(string nameOrPath, IReadOnlyList<SettingOverride> numbers) =>
        new(PublishedTargetFile.Read(new TargetCatalog().FindForValidation(nameOrPath)!, numbers));

    /// <summary>Estimates what a user wants to know; operators and energy are not among what the machine's model gives.</summary>
    /// <exception cref="CompilationException">Length plans are wanted, of which the machine has its own only (FLC9001); a case
    /// is too long for it (FLC1104), or its buffers are too small for the model (FLC3001).</exception>
    public ModelEstimate Estimate(EstimateRequest request, ImportedModel model, CancellationToken interruption)
    {
        if (request.Lengths is not null || request.Plan != LengthPlan.Registers)
        {
            throw UsageErrors.Of("estimate", $"'{_target.Name}' is a published machine, which knows no length plan but its buckets: --lengths and --length-plan do not go with it");
        }

        if (request.RecipeIsGiven && request.Recipe != Published)
        {
            throw UsageErrors.Of("estimate", $"'{_target.Name}' is a published machine, and what it ran is the recipe '{Published}': leave out --recipe, or give that");
        }

        if (request.Ablation && _target.Fits.Count == 0)
        {
            throw UsageErrors.Of("estimate", $"--ablation changes a machine that was measured, and nothing was fitted to '{_target.Name}': give it with --target flightllm-u280");
        }

        ModelConfig config = model.Config;
        PublishedModel shape = new(
            config.HiddenSize, config.IntermediateSize, config.LayerCount, config.HeadCount, config.KeyValueHeadCount, config.HeadSize,
            config.VocabularySize);
        int context = Math.Min(request.MaxLength ?? config.MaxPositions, _target.MaxLength);
        IReadOnlyList<SequenceCase> cases = request.Cases.Count > 0 ? request.Cases : [SequenceCase.DefaultFor(context)];
        foreach (SequenceCase one in cases.Concat(request.Contexts.Select(length => new SequenceCase(length, 0))))
        {
            one.RequireFits(context);
        }

        PublishedCase[] workloads = [.. cases.Select(c => new PublishedCase((int)c.Prompt, (int)c.Generate))];
        (ExplanationFacts Facts, PublishedTarget Machine)[] explanations = [.. Explanations()];
        PublishedEstimate[] estimates =
        [
            .. explanations.Select(e => Uninterrupted(() => PublishedEstimate.Of(e.Machine, shape, null, workloads, ExplanationOf(e.Machine)))),
        ];
        T Uninterrupted<T>(Func<T> work)
        {
            interruption.ThrowIfCancellationRequested();
            return work();
        }

        ProgramSizes sizes = estimates[0].Programs;
        long bucketed = (_target.MaxLength / _target.Buckets.Decode) + (_target.MaxLength / _target.Buckets.Prefill);
        return new ModelEstimate
        {
            Architecture = config.Architecture,
            Target = _target.Name,
            Recipe = Published,
            ContextLength = context,
            LengthPlan = Merged,
            Plans =
            [
                new LengthPlanEstimate(Merged, bucketed, sizes.Merged),
                new LengthPlanEstimate(LengthPlans.NameOf(LengthPlan.Bucketed), bucketed, sizes.Bucketed),
                new LengthPlanEstimate(LengthPlans.NameOf(LengthPlan.Naive), 2L * _target.MaxLength * _target.Cores, sizes.Naive),
            ],
            Cases =
            [
                .. cases.Select((one, i) => new CaseEstimate(
                    one, [.. explanations.Zip(estimates, (e, estimate) => Explained(e.Facts, e.Machine, estimate.Cases[i]))])),
            ],
            Contexts =
            [
                .. request.Contexts.Select(length => new ContextEstimate(
                    length, [.. explanations.Select(e => Explained(e.Facts, e.Machine, Step(e.Machine, shape, length)))])),
            ],
            Ablation = request.Ablation ? [.. Ablation(shape, request.Contexts)] : [],
            Operators = [],
            Explanations = [.. explanations.Select(e => e.Facts)],
        };
    }

    private IEnumerable<AblationEstimate> Ablation(PublishedModel shape, IReadOnlyList<long> contexts)
    {
        int[] wanted = contexts.Count > 0 ? [.. contexts.Select(c => PublishedBuckets.Of((int)c, _target.Buckets.Decode))] : [128, 512];
        return _target.Fits.SelectMany(fit => AblationStep.Table(_target, shape, fit.Explanation, wanted).Select(step => new AblationEstimate(
            step.Name, step.Context, NameOf(fit.Explanation), step.TokensPerSecond, step.HbmBytes, step.Utilization)));
    }

    private static string NameOf(Explanation explanation) => explanation == Explanation.BarrierCost ? "barrier" : "load";

    // Without a fit, times are those of the published model.
    private IEnumerable<(ExplanationFacts Facts, PublishedTarget Machine)> Explanations()
    {
        yield return (new ExplanationFacts("none", "nothing beyond the published model", 0), _target with { Fits = [] });
        foreach (BoardFit fit in _target.Fits)
        {
            PublishedTarget machine = _target with { Fits = [fit] };
            yield return fit.Explanation == Explanation.BarrierCost
                ? (new ExplanationFacts("barrier", "a time at every barrier, fitted to the board", fit.BarrierSeconds), machine)
                : (new ExplanationFacts("load", "a latency of every load that nothing overlaps, fitted to the board", fit.LoadLatencySeconds), machine);
        }
    }

    private static Explanation ExplanationOf(PublishedTarget machine) =>
        machine.Fits.Count == 0 ? Explanation.BarrierCost : machine.Fits[0].Explanation;

    private static ExplainedTiming Explained(ExplanationFacts facts, PublishedTarget machine, PublishedCaseTiming timing) => new()
    {
        Explanation = facts.Name,
        IsFitted = machine.Fits.Count > 0,
        PrefillSeconds = timing.PrefillSeconds,
        DecodeSeconds = timing.DecodeSeconds,
        TokensPerSecond = timing.TokensPerSecond,
        HbmUtilization = timing.Utilization,
        HbmBytesPerSecond = timing.HbmBytesPerSecond,
        Traffic = [("hbm", timing.BytesPerToken)],
        MacUtilization = timing.MacUtilization,
        PrefillMacUtilization = double.NaN,
        TokensPerJoule = double.NaN,
        Bottleneck = (NameOf(timing.Bottleneck), timing.BusyShares.Max()),
    };

    private static PublishedCaseTiming Step(PublishedTarget machine, PublishedModel shape, long context)
    {
        BoardFit? fit = machine.Fits.Count == 0 ? null : machine.Fits[0];
        PublishedMachine runs = new(machine, shape, machine.Recipe, PublishedOptions.None, fit);
        StepTiming step = runs.Decode(PublishedBuckets.Of((int)context, machine.Buckets.Decode));
        return new PublishedCaseTiming(
            new PublishedCase((int)context - 1, 1), double.NaN, step.Seconds, step.HbmBytes, double.NaN,
            [.. step.BusySeconds.Select(busy => busy / step.Seconds)], step.HbmBytes / step.Seconds / machine.Hbm.PeakBytesPerSecond, double.NaN);
    }

    private static string NameOf(PublishedUnit unit) => unit switch
    {
        PublishedUnit.Load => "hbm",
        PublishedUnit.Store => "stores",
        PublishedUnit.Matrix or PublishedUnit.Vector => "matrix",
        PublishedUnit.Misc => "special",
        PublishedUnit.System => "barriers",
    };
}
