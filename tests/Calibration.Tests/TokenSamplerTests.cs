using Flightc.Calibration;

namespace Flightc.Tests;

public sealed class TokenSamplerTests
{
    private const int Vocabulary = 5;

    [Fact]
    public void A_gradient_is_the_prediction_less_what_was_drawn()
    {
        float[] logits = new RandomNumbers(5).Floats(40 * Vocabulary, 3);
        float[] gradient = new TokenSampler(9).Gradient(logits, 40, window: 2, draw: 1, threads: 2);
        for (int t = 0; t < 40; t++)
        {
            double[] p = Probabilities(logits.AsSpan(t * Vocabulary, Vocabulary));
            double[] drawn = [.. p.Select((probability, i) => probability - gradient[(t * Vocabulary) + i])];
            Assert.Equal(1, drawn.Max(), 1e-5);
            Assert.Equal(1, drawn.Sum(Math.Abs), 1e-5);
        }
    }

    [Fact]
    public void Tokens_are_drawn_as_often_as_they_are_likely()
    {
        float[] logits = [.. Enumerable.Repeat<float[]>([0, 1, 2, -1, 0.5f], 20000).SelectMany(row => row)];
        float[] gradient = new TokenSampler(9).Gradient(logits, 20000, 0, 0, threads: -1);
        double[] p = Probabilities(logits.AsSpan(0, Vocabulary));
        for (int i = 0; i < Vocabulary; i++)
        {
            double mean = Enumerable.Range(0, 20000).Average(t => (double)gradient[(t * Vocabulary) + i]);
            Assert.Equal(0, mean, 4 * Math.Sqrt(p[i] * (1 - p[i]) / 20000));
        }
    }

    [Fact]
    public void Windows_draws_and_seeds_are_drawn_independently()
    {
        float[] logits = new float[64 * Vocabulary];
        string[] all =
        [
            .. from seed in new ulong[] { 0, 1 } from window in new[] { 0, 1 } from draw in new[] { 0, 1 }
               select string.Join(',', new TokenSampler(seed).Gradient(logits, 64, window, draw, 1)),
        ];
        Assert.Equal(all.Length, all.Distinct().Count());
    }

    private static double[] Probabilities(ReadOnlySpan<float> logits)
    {
        double[] e = [.. logits.ToArray().Select(l => Math.Exp(l))];
        return [.. e.Select(x => x / e.Sum())];
    }
}
