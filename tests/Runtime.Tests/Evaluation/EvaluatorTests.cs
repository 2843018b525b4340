using Flightc.Diagnostics;
using Flightc.Runtime.Evaluation;

namespace Flightc.Tests;

public sealed class EvaluatorTests
{
    private const int Vocabulary = 21;

    private static readonly EvaluationProtocol Protocol = new(null, [], 10);

    [Fact]
    public void Numbers_are_those_of_their_definitions()
    {
        int[][] texts = [Text(1, 25), Text(2, 7), Text(3, 10), Text(4, 11)];
        EvaluationResult result = Run(texts, Protocol);

        // The same, straight from the formulas.
        List<(int Record, double Loss, double ReferenceLoss, double Kl, bool Agrees)> tokens = [];
        for (int r = 0; r < texts.Length; r++)
        {
            foreach (int[] window in texts[r].Chunk(10))
            {
                for (int i = 0; i + 1 < window.Length; i++)
                {
                    double[] q = LogSoftmax(Logits(1, window.AsSpan(0, i + 1)));
                    double[] p = LogSoftmax(Logits(0, window.AsSpan(0, i + 1)));
                    double kl = p.Select((x, j) => Math.Exp(x) * (x - q[j])).Sum();
                    tokens.Add((r, -q[window[i + 1]], -p[window[i + 1]], kl, Array.IndexOf(q, q.Max()) == Array.IndexOf(p, p.Max())));
                }
            }
        }

        ReferenceComparison comparison = result.Comparison!;
        double meanDifference = tokens.Average(t => t.Loss - t.ReferenceLoss);
        Assert.Equal(tokens.Count, result.Tokens);
        Assert.Equal(4, result.Records);
        Assert.Equal(6, result.Windows);
        Assert.Equal(Math.Exp(tokens.Average(t => t.Loss)), result.Perplexity, 10);
        Assert.Equal(Math.Exp(tokens.Average(t => t.ReferenceLoss)), comparison.ReferencePerplexity, 10);
        Assert.Equal((result.Perplexity / comparison.ReferencePerplexity) - 1, comparison.PerplexityDelta, 10);
        Assert.Equal(tokens.Average(t => t.Kl), comparison.KlMean, 12);
        Assert.Equal(tokens.Count(t => t.Agrees) / (double)tokens.Count, comparison.Top1Agreement, 12);
        Assert.InRange(comparison.Top1Agreement, 0.1, 0.9);
        Assert.Equal(Error(t => t.Kl), comparison.KlSe!.Value, 12);
        Assert.Equal(Math.Exp(meanDifference) * Error(t => t.Loss - t.ReferenceLoss), comparison.PerplexityDeltaSe!.Value, 12);
        Assert.Equal(("record", 4), (comparison.Clusters, comparison.ClusterCount));

        double Error(Func<(int Record, double Loss, double ReferenceLoss, double Kl, bool Agrees), double> value)
        {
            double mean = tokens.Average(value);
            double squares = tokens.GroupBy(t => t.Record).Sum(g => Square(g.Sum(t => value(t) - mean)));
            return Math.Sqrt(squares * 4 / 3) / tokens.Count;
        }
    }

    [Fact]
    public void A_model_does_not_differ_from_itself()
    {
        EvaluationResult result = new Evaluator(Protocol, [Source(0)], Source(0)).Run([Record(Text(1, 40))])[0];
        Assert.Equal(0, result.Comparison!.PerplexityDelta);
        Assert.Equal(0, result.Comparison.KlMean);
        Assert.Equal(0, result.Comparison.KlSe);
        Assert.Equal(1, result.Comparison.Top1Agreement);
        Assert.Equal(result.Perplexity, result.Comparison.ReferencePerplexity);
    }

    [Fact]
    public void A_uniform_model_is_as_perplexed_as_the_vocabulary_is_large()
    {
        LogitsSource uniform = new("uniform", 1000, 99, () => { }, (ids, onLogits) =>
        {
            for (int i = 0; i < ids.Length; i++)
            {
                onLogits(i, new float[1000]);
            }
        });
        EvaluationResult result = new Evaluator(Protocol, [uniform], null).Run([Record(Text(1, 9))])[0];
        Assert.Equal(1000, result.Perplexity, 9);
        Assert.Null(result.Comparison);
    }

    [Fact]
    public void A_single_record_is_clustered_by_windows_and_a_single_window_has_no_error()
    {
        ReferenceComparison comparison = Run([Text(1, 25)], Protocol).Comparison!;
        Assert.Equal(("window", 3), (comparison.Clusters, comparison.ClusterCount));
        Assert.True(comparison.KlSe > 0);
        comparison = Run([Text(1, 10)], Protocol).Comparison!;
        Assert.Null(comparison.KlSe);
        Assert.Null(comparison.PerplexityDeltaSe);
    }

    [Fact]
    public void Parts_in_any_order_add_up_to_the_same_bits()
    {
        int[][] texts = [.. Enumerable.Range(0, 12).Select(i => Text(i, 5 + (i * 3)))];
        EvaluationResult whole = Run(texts, Protocol);
        Evaluator odd = new(Protocol, [Source(1)], Source(0));
        Evaluator even = new(Protocol, [Source(1)], Source(0));
        for (int i = texts.Length - 1; i >= 0; i--)
        {
            (i % 2 == 0 ? even : odd).Add(i, Record(texts[i]));
        }

        odd.Scores[0].Merge(even.Scores[0]);
        Assert.Equal(whole, odd.Scores[0].Summarize(Protocol));
        Assert.Throws<ArgumentException>(() => odd.Scores[0].Merge(even.Scores[0]));
    }

    [Fact]
    public void Long_windows_are_scored_as_one_sequence()
    {
        int[] text = Text(6, 300);
        EvaluationResult whole = new Evaluator(Protocol with { Window = 300 }, [Source(1)], Source(0)).Run([Record(text)])[0];
        double loss = Enumerable.Range(0, 299).Average(i => -LogSoftmax(Logits(1, text.AsSpan(0, i + 1)))[text[i + 1]]);
        Assert.Equal(Math.Exp(loss), whole.Perplexity, 9);
    }

    [Fact]
    public void Records_after_the_last_wanted_are_not_even_read()
    {
        EvaluationResult result = new Evaluator(Protocol with { MaxRecords = 2 }, [Source(1)], null).Run(Records())[0];
        Assert.Equal(1, result.Records);
        Assert.Equal(6, result.Tokens);

        static IEnumerable<EvaluationRecord> Records()
        {
            yield return Record([3]);
            yield return Record(Text(1, 7));
            throw new InvalidOperationException("read too far");
        }
    }

    [Fact]
    public void Several_images_are_scored_apart()
    {
        EvaluationRecord[] records = [Record(Text(1, 30)), Record(Text(2, 30))];
        IReadOnlyList<EvaluationResult> both = new Evaluator(Protocol, [Source(1), Source(2)], Source(0)).Run(records);
        Assert.Equal(new Evaluator(Protocol, [Source(2)], Source(0)).Run(records)[0], both[1]);
        Assert.NotEqual(both[0].Perplexity, both[1].Perplexity);
    }

    [Fact]
    public void Divergences_of_two_models_are_paired_by_record()
    {
        int[][] texts = [Text(1, 25), Text(2, 7), [3], Text(3, 11)];
        Evaluator evaluator = new(Protocol, [Source(1), Source(2)], Source(0));
        evaluator.Run(texts.Select(Record));
        IReadOnlyList<RecordScore> mine = evaluator.Scores[1].Records, their = evaluator.Scores[0].Records;
        Assert.Equal([0, 1, 3], mine.Select(r => r.Record));
        double tokens = mine.Sum(r => r.Sums.Tokens);
        double mean = mine.Zip(their, (a, b) => a.Sums.Divergence - b.Sums.Divergence).Sum() / tokens;
        double squares = mine.Zip(their, (a, b) => Square(a.Sums.Divergence - b.Sums.Divergence - (mean * a.Sums.Tokens))).Sum();

        ClusteredMean difference = evaluator.Scores[1].DivergenceBeyond(evaluator.Scores[0]);
        Assert.Equal(mean, difference.Mean, 12);
        Assert.Equal(Math.Sqrt(squares * 3 / 2) / tokens, difference.StandardError!.Value, 12);
        Assert.Equal(new ClusteredMean(0, 0), evaluator.Scores[1].DivergenceBeyond(evaluator.Scores[1]));

        // The errors of the two would add up if they were not paired.
        ClusteredMean alone = ClusteredMean.Of([.. mine.Select(r => r.Sums)], s => s.Divergence);
        Assert.NotEqual(alone.StandardError, difference.StandardError);
    }

    [Fact]
    public void Only_scores_of_the_same_windows_are_paired()
    {
        Evaluator one = new(Protocol, [Source(1)], Source(0)), other = new(Protocol, [Source(2)], Source(0));
        one.Add(0, Record(Text(1, 25)));
        other.Add(0, Record(Text(1, 24)));
        Assert.Throws<ArgumentException>(() => one.Scores[0].DivergenceBeyond(other.Scores[0]));
        Assert.Throws<ArgumentException>(() => new EvaluationScores("a", null).DivergenceBeyond(new EvaluationScores("b", null)));
    }

    [Fact]
    public void What_cannot_be_scored_is_refused()
    {
        Refused(Codes.TextInvalid, () => Run([[1], []], Protocol));
        Refused(Codes.TokenOutOfRange, () => Run([[1, Vocabulary]], Protocol));
        Refused(Codes.TokenOutOfRange, () => Run([[-1, 1]], Protocol));
        Refused(Codes.ContextExceeded, () => Run([[1, 2]], Protocol with { Window = 513 }));
        Refused(Codes.ContextExceeded, () => Run([[1, 2]], Protocol with { Window = 1 }));
        Refused(Codes.ImageMismatch, () => _ = new Evaluator(Protocol, [Source(1)], Source(0) with { VocabularySize = 5 }));

        static void Refused(string code, Action action) =>
            Assert.Equal(code, Assert.Throws<CompilationException>(action).Diagnostics[0].Code);
    }

    private static EvaluationResult Run(int[][] texts, EvaluationProtocol protocol) =>
        new Evaluator(protocol, [Source(1)], Source(0)).Run(texts.Select(Record))[0];

    private static EvaluationRecord Record(int[] ids) => new(ids, "text");

    private static int[] Text(int seed, int length) => [.. Enumerable.Range(0, length).Select(i => (int)(Mix((seed * 1000) + i) % Vocabulary))];

    /// <summary>A model whose logits are noise that all tokens so far decide, and the same noise of all models plus a little of its own.</summary>
    private static float[] Logits(int model, ReadOnlySpan<int> seen)
    {
        long state = 0;
        foreach (int id in seen)
        {
            state = Mix(state + id);
        }

        long shared = state;
        return [.. Enumerable.Range(0, Vocabulary).Select(i => Noise(Mix(shared + i)) + (model == 0 ? 0 : Noise(Mix(shared + i + (1000 * model))) / 2))];

        static float Noise(long value) => ((value % 4096) - 2048) / 500f;
    }

    private static LogitsSource Source(int model)
    {
        List<int> seen = [];
        return new LogitsSource($"model {model}", Vocabulary, 512, seen.Clear, (ids, onLogits) =>
        {
            for (int i = 0; i < ids.Length; i++)
            {
                seen.Add(ids[i]);
                onLogits(i, Logits(model, [.. seen]));
            }
        });
    }

    private static long Mix(long value)
    {
        ulong z = ((ulong)value + 0x9E3779B97F4A7C15) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return (long)((z ^ (z >> 31)) >> 12);
    }

    private static double Square(double x) => x * x;

    private static double[] LogSoftmax(float[] logits)
    {
        double total = logits.Sum(x => Math.Exp(x));
        return [.. logits.Select(x => x - Math.Log(total))];
    }
}
