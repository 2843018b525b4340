using Flightc.Backend.Lengths;
using Flightc.Timing;

namespace Flightc.Cli.Estimating;

/// <summary>Mean times of a length plan over a distribution of lengths.</summary>
/// <remarks>
/// Lengths are contexts of decode steps (their own token included), and lengths of prompts. Steps are timed at
/// <see cref="Samples"/> places evenly spread over the context, and a prompt's last step at powers of two of its
/// tokens and one more than those, where the array folds; in between, times are straight lines: docs/lengths.md.
/// </remarks>
/// <param name="programs">The programs of all plans.</param>
/// <param name="plan">The plan.</param>
/// <param name="context">The most tokens of a sequence.</param>
/// <param name="time">Times a step by the program that executes it.</param>
internal sealed class LengthPlanTimes(LengthPrograms programs, LengthPlan plan, long context, Func<StepCase, StepTiming> time)
{
    /// <summary>Places at which a kind of step is timed.</summary>
    public const int Samples = 5;

    private readonly Dictionary<StepCase, double> _seconds = [];

    /// <summary>Mean seconds of a decode step, without the host's.</summary>
    public double Decode(LengthDistribution lengths)
    {
        long bucket = plan == LengthPlan.Bucketed ? LengthPrograms.DecodeBucket : 1;
        return Mean(
            lengths,
            length => Between((length - 1) / bucket, (context - 1) / bucket, 1, number => Seconds(StepCase.Decode(number * bucket))));
    }

    /// <summary>Mean seconds of a prompt, without the host's.</summary>
    public double Prefill(LengthDistribution lengths)
    {
        // The steps before a prompt's last are those of the longer prompts too.
        long tokens = programs.StepTokens;
        List<double> whole = [0];
        for (long past = 0; past + tokens < context; past += tokens)
        {
            whole.Add(whole[^1] + Between(past, LastStep(tokens), tokens, at => Seconds(StepCase.Prefill(at, tokens, false))));
        }

        return Mean(lengths, length =>
        {
            long past = (length - 1) / tokens * tokens;
            return whole[(int)(past / tokens)] + Last(past, length - past);
        });
    }

    // The last place at which a step of so many tokens can begin, among multiples of a whole step.
    private long LastStep(long tokens) => Math.Max(0, (context - tokens) / programs.StepTokens * programs.StepTokens);

    private double Last(long past, long tokens)
    {
        long most = Math.Min(programs.StepTokens, context - past);
        if (plan == LengthPlan.Bucketed || tokens == most)
        {
            return At(past, most);
        }

        long power = 1;
        while (power * 2 <= tokens)
        {
            power *= 2;
        }

        long left = tokens == power ? power : Math.Min(power + 1, most);
        long right = tokens == power ? power : Math.Min(power * 2, most);
        return left == right
            ? At(past, left)
            : At(past, left) + ((At(past, right) - At(past, left)) * (tokens - left) / (right - left));

        double At(long where, long count) => Between(
            where, Math.Max(where, LastStep(count)), programs.StepTokens, at => Seconds(StepCase.Prefill(at, count, true)));
    }

    private double Seconds(StepCase step)
    {
        if (!_seconds.TryGetValue(step, out double seconds))
        {
            _seconds.Add(step, seconds = time(step).Seconds);
        }

        return seconds;
    }

    // The value at a place, straight between the two samples around it, which are multiples of a unit.
    private static double Between(long place, long last, long unit, Func<long, double> value)
    {
        long units = last / unit;
        long samples = Math.Min(Samples, units + 1);
        long left = 0;
        for (long i = 1; i < samples; i++)
        {
            long right = units * i / (samples - 1) * unit;
            if (place <= right)
            {
                double share = (double)(place - left) / (right - left);
                return share == 0 ? value(left) : share == 1 ? value(right) : (value(left) * (1 - share)) + (value(right) * share);
            }

            left = right;
        }

        return value(place);
    }

    private static double Mean(LengthDistribution lengths, Func<long, double> value)
    {
        double sum = 0;
        for (int i = 0; i < lengths.Lengths.Count; i++)
        {
            sum += lengths.Weights[i] * value(lengths.Lengths[i]);
        }

        return sum;
    }
}
