using Flightc.Targets;

namespace Flightc.Schedules;

/// <summary>
/// Predicts how long a step of a Schedule takes, without instructions: docs/cost.md. One pass over the steps gives
/// each its start, as the latest of what it waits for, and its end, by a formula; how far the rings have run ahead
/// is carried from step to step.
/// </summary>
/// <remarks>Prepares a Schedule once for any number of steps. Safe to use from several threads.</remarks>
public sealed class ScheduleCost
{
    private readonly Schedule _schedule;
    private readonly Dictionary<string, CostPhase> _phases;
    private readonly CostMachine _machine;
    private readonly CostProduct[][] _products;

    /// <summary>Prepares a Schedule.</summary>
    /// <param name="schedule">A valid one, made for <paramref name="target"/>.</param>
    /// <param name="target">The machine.</param>
    public ScheduleCost(Schedule schedule, Target target)
    {
        (_schedule, _machine) = (schedule, new CostMachine(target, schedule.Geometry));
        _products = [.. Enumerable.Range(0, schedule.Geometry.Cores.Count).Select(core => CostProduct.Of(schedule, core))];
        _phases = schedule.Phases.ToDictionary(p => p.Name, p => new CostPhase(schedule, p));
    }

    /// <summary>Seconds of the step that computes one token and its logits; the host's part is not in it.</summary>
    /// <param name="past">Tokens before it.</param>
    /// <param name="lost">What is lost beyond what follows from the machine.</param>
    public double Decode(long past, LostTime lost) => Seconds("decode", past, 1, 1, lost);

    /// <summary>Seconds of a step of several tokens.</summary>
    /// <param name="past">Tokens before it.</param>
    /// <param name="tokens">Tokens of the step, at most <see cref="Schedule.MaxTokens"/>.</param>
    /// <param name="isLast">Whether the logits of its last token are wanted; otherwise none are.</param>
    /// <param name="lost">What is lost beyond what follows from the machine.</param>
    public double Prefill(long past, long tokens, bool isLast, LostTime lost) =>
        Seconds("prefill", past, tokens, isLast ? 1 : 0, lost);

    /// <summary>Seconds of a prompt, in steps of as many tokens as the Schedule has room for.</summary>
    /// <param name="tokens">Tokens of the prompt, at least 1.</param>
    /// <param name="lost">What is lost beyond what follows from the machine.</param>
    public double Prompt(long tokens, LostTime lost)
    {
        double seconds = 0;
        for (long past = 0, step; past < tokens; past += step)
        {
            step = MostTokens(past, tokens - past);
            seconds += Prefill(past, step, past + step == tokens, lost);
        }

        return seconds;
    }

    // As many tokens as a step can have and scratch holds scores for.
    private long MostTokens(long past, long wanted)
    {
        long most = Math.Min(_schedule.MaxTokens, wanted);
        while (most > 1 && SlotsOf(past + most) * _schedule.Group * most > _schedule.ScoreSlots)
        {
            most--;
        }

        return most;
    }

    private long SlotsOf(long length) => _schedule.Geometry.Cores.Select(
        (range, core) => range.Count * CostMachine.Ceiling(length, _schedule.SpreadOf(core))).Max();

    private double Seconds(string phase, long past, long tokens, long wanted, LostTime lost)
    {
        CostLengths lengths = new(past, tokens, wanted);
        return new CostRun(_schedule, _phases[phase], _machine, _products, lengths, lost).Cycles() / _machine.ClockHertz;
    }
}
