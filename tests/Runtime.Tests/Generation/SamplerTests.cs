using Flightc.Diagnostics;
using Flightc.Runtime.Generation;

namespace Flightc.Tests;

public sealed class SamplerTests
{
    private static readonly float[] Logits = [1, 3, -2, 3, 0, 2.5f, -0f, -30];

    [Fact]
    public void The_greedy_choice_is_the_lowest_of_the_likeliest()
    {
        Assert.Equal(1, new Sampler(new SamplingOptions()).Next(Logits));
        Assert.Equal(0, Sampler.Greedy([-0f, 0f]));
        Assert.Equal(2, Sampler.Greedy([-3, -2, -1]));
    }

    [Fact]
    public void Tokens_are_drawn_as_often_as_they_are_likely()
    {
        // Twice the temperature: weights e^(x/2).
        double[] weights = [.. Logits.Select(x => Math.Exp(x / 2))];
        int[] counts = Draw(new SamplingOptions(2, Seed: 5), 40_000);
        for (int i = 0; i < Logits.Length; i++)
        {
            double share = weights[i] / weights.Sum();
            double deviation = Math.Sqrt(share * (1 - share) / 40_000);
            Assert.InRange(counts[i] / 40_000.0, share - (4 * deviation) - 1e-9, share + (4 * deviation) + 1e-9);
        }
    }

    [Fact]
    public void Only_the_likeliest_are_drawn_from()
    {
        Assert.Equal([1], Drawn(new SamplingOptions(1, TopK: 1)));
        Assert.Equal([1, 3, 5], Drawn(new SamplingOptions(1, TopK: 3)));
        Assert.Equal([0, 1, 3, 4, 5], Drawn(new SamplingOptions(5, TopK: 5)));
        Assert.Equal(Enumerable.Range(0, 8), Drawn(new SamplingOptions(20, TopK: 100)));
    }

    [Fact]
    public void Only_as_many_are_drawn_from_as_reach_their_share()
    {
        float[] quarters = [0, 0, 0, 0, -100, -100, -100, -100];
        Assert.Equal([0], Drawn(new SamplingOptions(1, TopP: 0.2), quarters));
        Assert.Equal([0], Drawn(new SamplingOptions(1, TopP: 0.25), quarters));
        Assert.Equal([0, 1], Drawn(new SamplingOptions(1, TopP: 0.26), quarters));
        Assert.Equal([0, 1, 2, 3], Drawn(new SamplingOptions(1, TopP: 0.9), quarters));
        // The share is one of what top-k leaves.
        Assert.Equal([0], Drawn(new SamplingOptions(1, TopK: 2, TopP: 0.5), quarters));
    }

    [Fact]
    public void A_seed_gives_the_same_tokens_for_ever()
    {
        Sampler sampler = new(new SamplingOptions(1.3, TopK: 6, TopP: 0.95, Seed: 42));
        // Computed apart, in another language.
        Assert.Equal(
            "5 1 1 3 1 5 1 5 3 3 1 3 3 3 3 1 1 3 1 5 0 1 3 3",
            string.Join(' ', Enumerable.Range(0, 24).Select(_ => sampler.Next(Logits))));
        Assert.NotEqual(Sequence(1), Sequence(2));
        Assert.Equal(Sequence(1), Sequence(1));

        static int[] Sequence(ulong seed)
        {
            Sampler sampler = new(new SamplingOptions(1, Seed: seed));
            return [.. Enumerable.Range(0, 32).Select(_ => sampler.Next(Logits))];
        }
    }

    [Fact]
    public void Options_that_make_no_sense_are_refused_together()
    {
        CompilationException error = Assert.Throws<CompilationException>(() => new Sampler(new SamplingOptions(double.NaN, -1, 0)));
        Assert.Equal(3, error.Diagnostics.Count);
        Assert.All(error.Diagnostics, d => Assert.Equal(Codes.Usage, d.Code));
        Assert.Throws<CompilationException>(() => new Sampler(new SamplingOptions(-0.1)));
        Assert.Throws<CompilationException>(() => new Sampler(new SamplingOptions(double.PositiveInfinity)));
        Assert.Throws<CompilationException>(() => new Sampler(new SamplingOptions(1, TopP: 1.01)));
    }

    private static int[] Draw(SamplingOptions options, int draws, float[]? logits = null)
    {
        Sampler sampler = new(options);
        int[] counts = new int[8];
        for (int i = 0; i < draws; i++)
        {
            counts[sampler.Next(logits ?? Logits)]++;
        }

        return counts;
    }

    private static int[] Drawn(SamplingOptions options, float[]? logits = null)
    {
        int[] counts = Draw(options, 2000, logits);
        return [.. Enumerable.Range(0, counts.Length).Where(i => counts[i] > 0)];
    }
}
