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
            length => Between((length - 1) / bucket, (context - 1) / bucket, number => Seconds(StepCase.Decode(number * bucket))));
    }

    /// <summary>Mean seconds of a prompt, without the host's.</summary>
    public double Prefill(LengthDistribution lengths)
    {
        // The steps before a prompt's last are those of the longer prompts too.
        List<double> whole = [0];
        for (int step = 0; step < programs.WholeSteps.Count - 1; step++)
        {
            whole.Add(whole[^1] + Between(
                step, programs.WholeSteps.Count - 1,
                at => Seconds(StepCase.Prefill(programs.WholeSteps[(int)at].Past, programs.WholeSteps[(int)at].Tokens, false))));
        }

        int last = 0;
        return Mean(lengths, length =>
        {
            while (length > programs.WholeSteps[last].Past + programs.WholeSteps[last].Tokens)
            {
                last++;
            }

            return whole[last] + Last(last, length - programs.WholeSteps[last].Past);
        });
    }

    private double Last(int step, long tokens)
    {
        long most = programs.WholeSteps[step].Tokens;
        if (plan == LengthPlan.Bucketed || tokens == most)
        {
            return At(most);
        }

        long power = 1;
        while (power * 2 <= tokens)
        {
            power *= 2;
        }

        long left = tokens == power ? power : Math.Min(power + 1, most);
        long right = tokens == power ? power : Math.Min(power * 2, most);
        return left == right ? At(left) : At(left) + ((At(right) - At(left)) * (tokens - left) / (right - left));

        double At(long count) => Between(step, programs.WholeSteps.Count - 1, at =>
        {
            (long past, long whole) = programs.WholeSteps[(int)at];
            return Seconds(StepCase.Prefill(past, Math.Min(count, whole), true));
        });
    }

    private double Seconds(StepCase step)
    {
        if (!_seconds.TryGetValue(step, out double seconds))
        {
            _seconds.Add(step, seconds = time(step).Seconds);
        }

        return seconds;
    }

    // The value at a place from 0 to last, straight between the two samples around it.
    private static double Between(long place, long last, Func<long, double> value)
    {
        long samples = Math.Min(Samples, last + 1);
        long left = 0;
        for (long i = 1; i < samples; i++)
        {
            long right = last * i / (samples - 1);
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
