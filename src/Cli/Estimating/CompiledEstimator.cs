using Flightc.Backend.Lengths;
using Flightc.Isa;
using Flightc.Models;
using Flightc.Targets;
using Flightc.Timing;

namespace Flightc.Cli.Estimating;

/// <summary>Estimates a compiled model with the cycle model: docs/timing.md.</summary>
/// <param name="model">The checkpoint, understood.</param>
/// <param name="compiled">What was compiled of it; its geometry is the target's.</param>
/// <param name="target">The machine.</param>
/// <param name="recipe">Name of the recipe.</param>
/// <param name="interruption">Ends it between two steps.</param>
internal sealed class CompiledEstimator(
    ImportedModel model, CompiledProgram compiled, Target target, string recipe, CancellationToken interruption)
{
    private readonly LengthPrograms _programs = new(compiled.Program);
    private readonly Packing.ProgramWork _work = compiled.Addresses.Work;
    private readonly Dictionary<LengthPlan, PlanTimer> _timers = [];

    /// <summary>Steps that the cycle model has timed.</summary>
    public int Steps => _timers.Values.Sum(t => t.Steps);

    /// <summary>How long it took for them on this computer.</summary>
    public TimeSpan Spent => _timers.Values.Aggregate(TimeSpan.Zero, (sum, t) => sum + t.Spent);

    /// <summary>Estimates what a user wants to know.</summary>
    /// <param name="request">What that is; a sweep in it is not looked at.</param>
    /// <param name="isBrief">Whether operators and means over lengths are left out.</param>
    /// <exception cref="Diagnostics.CompilationException">A case or a length is longer than the context
    /// (FLC1104).</exception>
    public ModelEstimate Estimate(EstimateRequest request, bool isBrief)
    {
        long context = compiled.Schedule.ContextLength;
        IReadOnlyList<SequenceCase> cases = request.Cases.Count > 0 ? request.Cases : [SequenceCase.DefaultFor(context)];
        foreach (SequenceCase one in cases.Concat(request.Contexts.Select(length => new SequenceCase(length, 0))))
        {
            one.RequireFits(context);
        }

        LengthDistribution? lengths = request.Lengths is null || isBrief ? null : LengthDistribution.Parse(request.Lengths, context);
        ProgramEstimate program = new(model, compiled, target);
        CaseEstimate[] timed = [.. cases.Select(one => Time(one, request.Plan))];
        return new ModelEstimate
        {
            Architecture = model.Config.Architecture,
            Target = target.Name,
            Recipe = recipe,
            ContextLength = context,
            Program = program,
            LengthPlan = LengthPlans.NameOf(request.Plan),
            Plans = Plans(lengths, ExplanationNamed(timed[0].Headline.Explanation)),
            Lengths = lengths?.Description ?? "",
            Cases = timed,
            Contexts = [.. request.Contexts.Select(length => Step(length, request.Plan))],
            Operators = isBrief ? [] : Operators(timed[0], request.Plan),
            Host = Host(),
            Explanations = Explanations(),
            Misfits = program.Misfits,
        };
    }

    private static string NameOf(Explanation explanation) => explanation switch
    {
        Explanation.None => "none",
        Explanation.Barrier => "barrier",
        Explanation.Load => "load",
    };

    private static Explanation ExplanationNamed(string name) => Enum.GetValues<Explanation>().Single(e => NameOf(e) == name);

    private static IReadOnlyList<(string Class, Func<StepTiming, double> Bytes)> Classes { get; } =
    [
        ("weights", s => s.Traffic.Weights), ("scales", s => s.Traffic.Scales), ("indices", s => s.Traffic.Indices),
        ("cache_read", s => s.Traffic.CacheRead), ("cache_written", s => s.Traffic.CacheWritten),
        ("tables", s => s.Traffic.Tables), ("instructions", s => s.Traffic.Instructions),
        ("ids_and_logits", s => s.Traffic.IdsAndLogits),
    ];

    private IReadOnlyList<ExplanationFacts> Explanations() =>
    [
        new(NameOf(Explanation.None), "nothing beyond what the model derives", 0),
        new(NameOf(Explanation.Barrier), "a time at every exchange, fitted to the published board", target.Timing.Fitted.BarrierSeconds),
        new(NameOf(Explanation.Load), "a latency of every load that nothing overlaps, fitted to the published board", target.Timing.Fitted.LoadSeconds),
    ];

    private HostEstimate Host()
    {
        HostTurnaround host = HostTurnaround.Of(target.Timing.Host, compiled.Program.Memory.VocabularySize);
        return new HostEstimate(host.Launch, host.Logits, host.Sampling);
    }

    private PlanTimer Timer(LengthPlan plan)
    {
        if (!_timers.TryGetValue(plan, out PlanTimer? timer))
        {
            timer = new PlanTimer(compiled.Program, _programs, plan, target, _work, interruption);
            _timers.Add(plan, timer);
        }

        return timer;
    }

    private CaseEstimate Time(SequenceCase one, LengthPlan plan) => new(
        one, [.. Enum.GetValues<Explanation>().Select(explanation => Time(one, plan, explanation))]);

    private ExplainedTiming Time(SequenceCase one, LengthPlan plan, Explanation explanation)
    {
        SequenceTiming timing = SequenceTiming.Of(
            target, compiled.Program, one.Prompt, one.Generate, step => Timer(plan).Run(step, explanation));
        return Explained(explanation, timing, timing.PrefillSeconds, timing.PrefillMacUtilization);
    }

    private ContextEstimate Step(long context, LengthPlan plan) => new(
        context,
        [
            .. Enum.GetValues<Explanation>().Select(explanation =>
            {
                SequenceTiming timing = SequenceTiming.OfStep(
                    target, compiled.Program, context - 1, step => Timer(plan).Run(step, explanation));
                return Explained(explanation, timing, double.NaN, double.NaN);
            }),
        ]);

    private static ExplainedTiming Explained(
        Explanation explanation, SequenceTiming timing, double prefillSeconds, double prefillUtilization)
    {
        bool decodes = timing.Generate > 0;
        double Decoded(double value) => decodes ? value : double.NaN;
        StepTiming bounding = decodes ? timing.Decode[timing.Decode.Count / 2] : timing.Prefill[^1];
        return new ExplainedTiming
        {
            Explanation = NameOf(explanation),
            IsFitted = explanation != Explanation.None,
            PrefillSeconds = prefillSeconds,
            DecodeSeconds = Decoded(timing.DecodeSeconds),
            TokensPerSecond = Decoded(timing.DecodeTokensPerSecond),
            HbmUtilization = Decoded(timing.HbmUtilization),
            HbmBytesPerSecond = Decoded(timing.HbmBytesPerSecond),
            Traffic = [.. Classes.Select(c => (c.Class, timing.SumOverDecode(c.Bytes) / timing.Generate))],
            MacUtilization = Decoded(timing.MacUtilization),
            PrefillMacUtilization = prefillUtilization,
            TokensPerJoule = Decoded(timing.TokensPerJoule),
            Bottleneck = (bounding.Bottleneck.Name, bounding.Bottleneck.Share),
        };
    }

    private LengthPlanEstimate[] Plans(LengthDistribution? lengths, Explanation explanation) =>
    [
        .. Enum.GetValues<LengthPlan>().Select(plan =>
        {
            PlanSize size = _programs.SizeOf(plan);
            LengthPlanEstimate estimate = new(LengthPlans.NameOf(plan), size.Programs, size.Bytes);
            if (lengths is null)
            {
                return estimate;
            }

            LengthPlanTimes times = new(
                _programs, plan, compiled.Schedule.ContextLength, step => Timer(plan).Run(step, explanation));
            return estimate with { DecodeSeconds = times.Decode(lengths), PrefillSeconds = times.Prefill(lengths) };
        }),
    ];

    private IReadOnlyList<OperatorEstimate> Operators(CaseEstimate first, LengthPlan plan)
    {
        (long prompt, long generate) = (first.Case.Prompt, first.Case.Generate);
        Explanation explanation = ExplanationNamed(first.Headline.Explanation);
        IReadOnlyList<OperatorEstimate> decode = generate == 0
            ? []
            : Operators(StepCase.Decode(prompt + (generate / 2)), Unit.Vector, plan, explanation);
        long tokens = Math.Min(prompt, compiled.Program.MostTokens(0));
        return prompt == 1
            ? decode
            : [.. decode, .. Operators(StepCase.Prefill(0, tokens, tokens == prompt), Unit.Matrix, plan, explanation)];
    }

    private IReadOnlyList<OperatorEstimate> Operators(StepCase step, Unit unit, LengthPlan plan, Explanation explanation)
    {
        OperatorTimes times = new(unit, target.CoreChannels.Count);
        return times.Of(Timer(plan).Run(step, explanation, times));
    }
}
