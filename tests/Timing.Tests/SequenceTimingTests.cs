using Flightc.Timing;

namespace Flightc.Tests;

public sealed class SequenceTimingTests
{
    [Theory]
    [InlineData("tiny", 20, 200)]
    [InlineData("wide", 128, 512)]
    public void The_interpolated_decode_time_is_the_sum_of_all_steps_within_a_hundredth(string name, long prompt, long generate)
    {
        TimedModel timed = TimedModel.Of(name);
        CycleModel model = new(timed.Program, timed.Target, timed.Work);
        SequenceTiming sequence = SequenceTiming.Of(model, prompt, generate, Explanation.None);
        double seconds = 0;
        double bytes = 0;
        for (long past = prompt; past < prompt + generate; past++)
        {
            StepTiming step = model.Run(StepCase.Decode(past), Explanation.None);
            seconds += step.Seconds;
            bytes += step.Traffic.Hbm + step.Traffic.Ddr;
        }

        Assert.InRange(sequence.DecodeSeconds - (generate * sequence.Host.Total), 0.99 * seconds, 1.01 * seconds);
        Assert.InRange(sequence.BytesPerToken * generate, 0.99 * bytes, 1.01 * bytes);
        Assert.Equal(SequenceTiming.Samples, sequence.Decode.Count);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 9)]
    [InlineData(17, 3)]
    public void A_few_decode_steps_are_all_timed_and_added(long prompt, long generate)
    {
        TimedModel timed = TimedModel.Tiny;
        SequenceTiming sequence = SequenceTiming.Of(new CycleModel(timed.Program, timed.Target, timed.Work), prompt, generate, Explanation.Load);
        Assert.Equal(Enumerable.Range(0, (int)generate).Select(i => prompt + i), sequence.Decode.Select(d => d.Case.Past));
        double expected = sequence.Decode.Sum(d => d.Seconds) + (generate * sequence.Host.Total);
        Assert.Equal(expected, sequence.DecodeSeconds, expected * 1e-12);
    }

    [Fact]
    public void A_prompt_is_cut_into_the_longest_steps_and_only_its_last_token_has_logits()
    {
        TimedModel timed = TimedModel.Tiny;
        SequenceTiming sequence = SequenceTiming.Of(new CycleModel(timed.Program, timed.Target, timed.Work), 37, 0, Explanation.None);
        int most = timed.Program.Memory.MaxTokens;
        Assert.Equal(Enumerable.Range(0, (37 + most - 1) / most).Select(i => (long)i * most), sequence.Prefill.Select(p => p.Case.Past));
        Assert.Equal(37, sequence.Prefill.Sum(p => p.Case.Tokens));
        Assert.All(sequence.Prefill.SkipLast(1), p => Assert.Equal(p.Case.Tokens, p.Case.From));
        Assert.Equal(sequence.Prefill[^1].Case.Tokens - 1, sequence.Prefill[^1].Case.From);
        Assert.Equal((0, 0, 0), (sequence.DecodeSeconds, sequence.DecodeTokensPerSecond, sequence.TokensPerJoule));
    }

    [Fact]
    public void The_host_brings_the_logits_and_chooses_after_every_token()
    {
        TimedModel timed = TimedModel.Tiny;
        HostTurnaround host = HostTurnaround.Of(timed.Target.Timing.Host, 1_000_000);
        Assert.Equal(4e6 / timed.Target.Timing.Host.BytesPerSecond, host.Logits);
        Assert.Equal(host.Launch + host.Logits + host.Sampling, host.Total);
    }

    [Fact]
    public void What_does_not_fit_the_programs_context_is_refused()
    {
        TimedModel timed = TimedModel.Tiny;
        CycleModel model = new(timed.Program, timed.Target, timed.Work);
        Assert.Throws<ArgumentOutOfRangeException>(() => SequenceTiming.Of(model, 0, 1, Explanation.None));
        Assert.Throws<ArgumentOutOfRangeException>(() => SequenceTiming.Of(model, 200, 57, Explanation.None));
    }
}
