using System.Collections.Concurrent;
using System.Globalization;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Schedules;
using Flightc.Targets;

namespace Flightc.Passes.Tiling;

/// <summary>Searches the choices of a mapping for the fastest: docs/cost.md.</summary>
/// <remarks>
/// Begins with what <see cref="MappingRules"/> decide and varies one group of choices after another, each time going on
/// with the best so far. Candidates are ranked by <see cref="ScheduleCost"/>; the best is confirmed by the cycle model
/// against the rules' own, and the faster one wins. Deterministic: what is tried depends on model, machine and limit alone,
/// candidates of a group are independent, and of equally fast ones the first is taken.
/// </remarks>
public sealed class MappingSearch
{
    /// <summary>Candidates that are looked at where nobody says how many: enough for all groups.</summary>
    public const int DefaultLimit = 24;

    // What is faster by less is no reason to leave a choice that rules made.
    private const double LeastGain = 0.0005;

    private static readonly int[] AheadPercents = [0, 50, 100];
    private static readonly int[] LoopForms = [1, 2];

    private readonly Graph _graph;
    private readonly Target _target;
    private readonly int _limit;
    private readonly MappingMix _mix;
    private readonly List<MappingCandidate> _candidates = [];
    private readonly LostTime[] _explanations;
    private readonly ConcurrentDictionary<(Mapping Mapping, int MaxTokens, long Tokens, LostTime Lost), double> _seconds = [];
    private bool _isCut;

    private MappingSearch(Graph graph, Target target, int limit)
    {
        (_graph, _target, _limit, _mix) = (graph, target, limit, MappingMix.For(graph.ContextLength));
        FittedTiming fitted = target.Timing.Fitted;
        _explanations = [new LostTime(fitted.BarrierSeconds, 0), new LostTime(0, fitted.LoadSeconds)];
    }

    /// <summary>The fastest mapping found.</summary>
    /// <param name="graph">Quantised, every weight with its format.</param>
    /// <param name="target">The machine.</param>
    /// <param name="limit">The most candidates beside the rules' mapping; 0 takes that without a search.</param>
    /// <param name="confirm">Seconds of a mix of steps by the cycle model, under the worse explanation. Called from several
    /// threads at once.</param>
    /// <exception cref="CompilationException">Not even the rules find a mapping (FLC3001, FLC3002).</exception>
    public static MappingChoice Run(Graph graph, Target target, int limit, Func<Schedule, MappingMix, double> confirm)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        Schedule byRules = Tiler.Tile(graph, target.Geometry, target.MaxPrefillTokens);
        return limit == 0
            ? new MappingChoice(byRules, ["mapping by the rules, without a search"])
            : new MappingSearch(graph, target, limit).Find(byRules, confirm);
    }

    private MappingChoice Find(Schedule byRules, Func<Schedule, MappingMix, double> confirm)
    {
        MappingCandidate rules = new("rules", new MappingOptions(), byRules, SecondsOf(byRules, double.PositiveInfinity));
        MappingCandidate best = rules;
        _candidates.Add(rules);
        foreach (Func<Mapping, int, IEnumerable<(string Change, MappingOptions Options)>> group in Groups)
        {
            MappingCandidate from = best;
            double enough = best.Predicted * (1 - LeastGain);
            MappingCandidate[] tried = Tile(group(from.Schedule!.Mapping, from.Schedule.MaxTokens), from.Options);
            Parallel.ForEach(
                tried.Where(c => c.Schedule is not null),
                candidate => candidate.Predict(SecondsOf(candidate.Schedule!, enough), enough));
            best = tried.Where(c => c.Predicted < enough).MinBy(c => c.Predicted) ?? best;
        }

        // A mapping that the emitter refuses, because a ring is too small for it, is none.
        Parallel.ForEach(best == rules ? [] : new[] { rules, best }, candidate =>
        {
            try
            {
                candidate.Confirmed = confirm(candidate.Schedule!, _mix.Brief);
            }
            catch (CompilationException e) when (e.ExitCode == ExitCode.Unsupported)
            {
                candidate.Refusal = e.Diagnostics[0].Code;
            }
        });

        MappingCandidate chosen = best.Confirmed is { } seconds && !(rules.Confirmed <= seconds) ? best : rules;
        return new MappingChoice(chosen.Schedule!, [.. Reasons(chosen)]) { Options = chosen.Options };
    }

    // In the order of what they decide; later ones build on what earlier ones chose.
    private static IEnumerable<Func<Mapping, int, IEnumerable<(string Change, MappingOptions Options)>>> Groups =>
    [
        (_, _) => Enum.GetValues<AttentionDivision>().Select(
            a => ($"attention={Word(a)}", new MappingOptions { Attention = a })),
        (_, _) => AheadPercents.Select(a => (Text($"ahead={a}"), new MappingOptions { AheadPercent = a })),
        (_, _) => Phases((gather, loops) => (
            Text($"decode_gather={Word(gather)} decode_loops={loops}"),
            new MappingOptions { DecodeGather = gather, DecodeLoops = loops })),
        (_, tokens) => new[] { tokens / 2 }.Where(t => t > 0).Select(
            t => (Text($"tokens={t}"), new MappingOptions { PrefillTokens = t })),
        (_, _) => Phases((gather, loops) => (
            Text($"prefill_gather={Word(gather)} prefill_loops={loops}"),
            new MappingOptions { PrefillGather = gather, PrefillLoops = loops })),
        GateRows, GateRows, HeadRows, HeadRows,
    ];

    private static IEnumerable<(string, MappingOptions)> GateRows(Mapping mapping, int tokens) =>
        Rows(mapping.GateRows).Select(r => (Text($"gate_rows={r}"), new MappingOptions { GateRows = r }));

    private static IEnumerable<(string, MappingOptions)> HeadRows(Mapping mapping, int tokens) =>
        Rows(mapping.HeadRows).Select(r => (Text($"head_rows={r}"), new MappingOptions { HeadRows = r }));

    private static IEnumerable<(string, MappingOptions)> Phases(Func<GatherForm, int, (string, MappingOptions)> option) =>
        Enum.GetValues<GatherForm>().SelectMany(gather => LoopForms.Select(loops => option(gather, loops)));

    private static IEnumerable<int> Rows(int rows) =>
        new[] { rows / 2, rows * 2 }.Where(r => r >= Schedule.BlockRows && r % Schedule.BlockRows == 0);

    private static MappingOptions Merge(MappingOptions options, MappingOptions change) => new()
    {
        Attention = change.Attention ?? options.Attention,
        DecodeGather = change.DecodeGather ?? options.DecodeGather,
        DecodeLoops = change.DecodeLoops ?? options.DecodeLoops,
        PrefillGather = change.PrefillGather ?? options.PrefillGather,
        PrefillLoops = change.PrefillLoops ?? options.PrefillLoops,
        GateRows = change.GateRows ?? options.GateRows,
        HeadRows = change.HeadRows ?? options.HeadRows,
        PrefillTokens = change.PrefillTokens ?? options.PrefillTokens,
        AheadPercent = change.AheadPercent ?? options.AheadPercent,
    };

    // Without those whose mapping has been looked at, and those beyond the limit.
    private MappingCandidate[] Tile(IEnumerable<(string Change, MappingOptions Options)> changes, MappingOptions from)
    {
        int before = _candidates.Count;
        ParallelQuery<MappingCandidate> tiled =
            changes.AsParallel().AsOrdered().Select(c => Tile(c.Change, Merge(from, c.Options)));
        foreach (MappingCandidate candidate in tiled.ToArray())
        {
            if (_candidates.Any(candidate.IsLike))
            {
                continue;
            }

            if (_candidates.Count > _limit)
            {
                _isCut = true;
                break;
            }

            _candidates.Add(candidate);
        }

        return [.. _candidates.Skip(before)];
    }

    private MappingCandidate Tile(string change, MappingOptions options)
    {
        try
        {
            return new MappingCandidate(
                change, options, Tiler.Tile(_graph, _target.Geometry, _target.MaxPrefillTokens, options), double.PositiveInfinity);
        }
        catch (CompilationException e) when (e.ExitCode == ExitCode.Unsupported)
        {
            return new MappingCandidate(change, options, null, double.PositiveInfinity) { Refusal = e.Diagnostics[0].Code };
        }
    }

    // Under the worse explanation; a lower bound where that is enough.
    private double SecondsOf(Schedule schedule, double enough)
    {
        // A phase does not depend on the choices that only the other one has.
        Mapping mapping = schedule.Mapping;
        Lazy<ScheduleCost> cost = new(() => new ScheduleCost(schedule, _target));
        double Prompt(long tokens, LostTime lost) => _seconds.GetOrAdd(
            (mapping with { Decode = default }, schedule.MaxTokens, tokens, lost), _ => cost.Value.Prompt(tokens, lost));
        double Decode(long past, LostTime lost) => _seconds.GetOrAdd(
            (mapping with { Prefill = default }, 0, past, lost), _ => cost.Value.Decode(past, lost));

        double worst = 0;
        foreach (LostTime lost in _explanations.TakeWhile(_ => worst < enough))
        {
            worst = Math.Max(worst, _mix.Seconds(tokens => Prompt(tokens, lost), past => Decode(past, lost), enough));
        }

        return worst;
    }

    private IEnumerable<string> Reasons(MappingCandidate chosen)
    {
        string cut = _isCut ? ", more were left off by the limit" : "";
        yield return Text(
            $"mapping searched: {_candidates.Count} candidates{cut}; simulated milliseconds, the worse of both explanations, of")
            + Text($" a prompt of {_mix.Prompt} tokens and {_mix.Generate} more at contexts {string.Join(", ", _mix.Contexts)}");
        if (_candidates.Any(c => c.Confirmed is not null))
        {
            yield return Text($"confirmed by the cycle model with context {_mix.Brief.Contexts[0]} for all of them");
        }

        foreach (MappingCandidate candidate in _candidates)
        {
            string confirmed = candidate.Confirmed is { } seconds ? Text($" confirmed {seconds * 1e3:F3}") : "";
            string bound = candidate.IsAtLeast ? "at least " : "";
            string predicted = candidate.Schedule is null ? "" : Text($" predicted {bound}{candidate.Predicted * 1e3:F3}");
            string refused = candidate.Refusal is { } code ? $" refused {code}" : "";
            yield return $"{candidate.Change}:{predicted}{confirmed}{refused}{(candidate == chosen ? " chosen" : "")}";
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
