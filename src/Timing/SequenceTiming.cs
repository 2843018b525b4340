using Flightc.Isa;
using Flightc.Targets;

namespace Flightc.Timing;

/// <summary>How long a prompt and the tokens after it take, host included: simulated, not measured.</summary>
/// <remarks>
/// The steps of the prompt are all timed. Of the decode steps <see cref="Samples"/> are, evenly spread over the
/// lengths with both ends among them; between two of them every number is taken to be linear in the length, and
/// added up for each length. A step's time is a straight line but for the stairs that the rows of the KV cache make
/// (a row holds a token of every channel), so that the error is at most what one row of every head costs:
/// docs/timing.md §6.
/// </remarks>
public sealed record SequenceTiming
{
    /// <summary>The most decode steps that are timed one by one.</summary>
    public const int Samples = 9;

    /// <summary>Tokens of the prompt.</summary>
    public required long Prompt { get; init; }

    /// <summary>Decode steps: tokens generated after the prompt's own next one.</summary>
    public required long Generate { get; init; }

    /// <summary>Seconds from the request to the first token, all prefill steps and the host's part included.</summary>
    public required double PrefillSeconds { get; init; }

    /// <summary>Seconds of all decode steps, the host's part included.</summary>
    public required double DecodeSeconds { get; init; }

    /// <summary>What the host adds to every step whose logits it wants, in seconds.</summary>
    public required HostTurnaround Host { get; init; }

    /// <summary>The steps of the prompt, in order.</summary>
    public required IReadOnlyList<StepTiming> Prefill { get; init; }

    /// <summary>The decode steps that were timed, shortest past first; the others are interpolated.</summary>
    public required IReadOnlyList<StepTiming> Decode { get; init; }

    /// <summary>Tokens per second of the decode steps; 0 without any.</summary>
    public double DecodeTokensPerSecond => DecodeSeconds > 0 ? Generate / DecodeSeconds : 0;

    /// <summary>Bytes of HBM and DDR for a generated token, on average; 0 without any.</summary>
    public required double BytesPerToken { get; init; }

    /// <summary>Of the peak of HBM, over all decode steps and the host's time between them.</summary>
    public required double HbmUtilization { get; init; }

    /// <summary>Bytes that HBM moves in a second of decoding.</summary>
    public required double HbmBytesPerSecond { get; init; }

    /// <summary>Of the peak of the matrix engines, while decoding.</summary>
    public required double MacUtilization { get; init; }

    /// <summary>The same during prefill.</summary>
    public required double PrefillMacUtilization { get; init; }

    /// <summary>Generated tokens for a joule; 0 without any.</summary>
    public required double TokensPerJoule { get; init; }

    /// <summary>Times a prompt and what is generated after it.</summary>
    /// <param name="model">The program on its machine.</param>
    /// <param name="prompt">Tokens of the prompt, at least 1.</param>
    /// <param name="generate">Decode steps, at least 0; the first has <paramref name="prompt"/> tokens before
    /// it.</param>
    /// <param name="explanation">What is taken to be lost beyond what the model derives.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is too small, or the program is not made for so
    /// many tokens.</exception>
    public static SequenceTiming Of(CycleModel model, long prompt, long generate, Explanation explanation) =>
        Of(model.Target, model.Program, prompt, generate, step => model.Run(step, explanation));

    /// <summary>The same where not one program serves all steps.</summary>
    /// <param name="target">The machine.</param>
    /// <param name="program">The most tokens of a sequence and of each step.</param>
    /// <param name="prompt">Tokens of the prompt, at least 1.</param>
    /// <param name="generate">Decode steps, at least 0.</param>
    /// <param name="time">Times a step.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is too small, or there cannot be so many
    /// tokens.</exception>
    public static SequenceTiming Of(
        Target target, MachineProgram program, long prompt, long generate, Func<StepCase, StepTiming> time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(prompt, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(generate);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prompt + generate, program.Memory.ContextLength);
        List<StepTiming> prefill = [];
        for (long past = 0, tokens; past < prompt; past += tokens)
        {
            tokens = Math.Min(program.MostTokens(past), prompt - past);
            prefill.Add(time(StepCase.Prefill(past, tokens, past + tokens == prompt)));
        }

        return Of(target, program, prompt, generate, prefill, [.. SampledPasts(prompt, generate).Select(past => time(StepCase.Decode(past)))]);
    }

    /// <summary>A single decode step, without what comes before it.</summary>
    /// <param name="target">The machine.</param>
    /// <param name="program">The most tokens of a sequence.</param>
    /// <param name="past">Tokens before it, at least 0.</param>
    /// <param name="time">Times a step.</param>
    /// <exception cref="ArgumentOutOfRangeException">There cannot be so many tokens.</exception>
    public static SequenceTiming OfStep(Target target, MachineProgram program, long past, Func<StepCase, StepTiming> time)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(past);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(past, program.Memory.ContextLength);
        return Of(target, program, past, 1, [], [time(StepCase.Decode(past))]);
    }

    private static SequenceTiming Of(
        Target target, MachineProgram program, long prompt, long generate, List<StepTiming> prefill, StepTiming[] decode)
    {
        HostTurnaround host = HostTurnaround.Of(target.Timing.Host, program.Memory.VocabularySize);
        double Sum(Func<StepTiming, double> number) => SumOver(decode, number);

        double cardSeconds = Sum(s => s.Seconds);
        double decodeSeconds = cardSeconds + (generate * host.Total);
        double hbm = Sum(s => s.Traffic.Hbm);
        double joules = Sum(s => s.Energy.Total) + (generate * host.Total * target.Energy.StaticWatts);
        double prefillSeconds = prefill.Sum(s => s.Seconds);
        return new SequenceTiming
        {
            Prompt = prompt,
            Generate = generate,
            Prefill = prefill,
            Decode = decode,
            Host = host,
            PrefillSeconds = prefill.Count == 0 ? 0 : prefillSeconds + ((prefill.Count - 1) * host.Launch) + host.Total,
            DecodeSeconds = decodeSeconds,
            BytesPerToken = Share(Sum(s => s.Traffic.Hbm + s.Traffic.Ddr), generate),
            HbmBytesPerSecond = Share(hbm, decodeSeconds),
            HbmUtilization = Share(hbm, decodeSeconds * target.PeakHbmBytesPerSecond),
            MacUtilization = Share(Sum(s => s.Macs.Total), decodeSeconds * target.PeakMacsPerCycle * target.ClockHertz),
            PrefillMacUtilization =
                Share(prefill.Sum(s => (double)s.Macs.Total), prefillSeconds * target.PeakMacsPerCycle * target.ClockHertz),
            TokensPerJoule = Share(generate, joules),
        };
    }

    /// <summary>Adds up a number over all decode steps, those between samples included.</summary>
    /// <param name="number">Of a step.</param>
    public double SumOverDecode(Func<StepTiming, double> number) => SumOver([.. Decode], number);

    private static double Share(double part, double whole) => whole > 0 ? part / whole : 0;

    private static IEnumerable<long> SampledPasts(long first, long count)
    {
        long samples = Math.Min(Samples, count);
        for (long i = 0; i < samples; i++)
        {
            yield return first + (samples == 1 ? 0 : (count - 1) * i / (samples - 1));
        }
    }

    // Adds up a number over all lengths from the first sample to the last, straight between samples.
    private static double SumOver(StepTiming[] samples, Func<StepTiming, double> number)
    {
        double sum = samples.Length == 0 ? 0 : number(samples[0]);
        for (int i = 1; i < samples.Length; i++)
        {
            // Lengths behind the left sample up to the right one: the mean of the ends, and half their difference.
            double lengths = samples[i].Case.Past - samples[i - 1].Case.Past;
            (double left, double right) = (number(samples[i - 1]), number(samples[i]));
            sum += (lengths * (left + right) / 2) + ((right - left) / 2);
        }

        return sum;
    }
}
