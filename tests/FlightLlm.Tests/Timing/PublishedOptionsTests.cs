using Flightc.FlightLlm;

namespace Flightc.Tests.Timing;

public sealed class PublishedOptionsTests
{
    private static readonly PublishedTarget Target = PublishedTables.U280;

    private static readonly PublishedModel Model = PublishedModel.Llama2With7B;

    public static TheoryData<PublishedOptions> Each =>
    [
        new PublishedOptions(AllChannels: true), new PublishedOptions(WideVector: true), new PublishedOptions(LoadsAhead: true),
        new PublishedOptions(FusedDecode: true), new PublishedOptions(AttentionByGroup: true), new PublishedOptions(OnePassSoftmax: true),
    ];

    [Theory]
    [MemberData(nameof(Each))]
    public void Each_change_by_itself_makes_a_long_decode_step_faster(PublishedOptions options)
    {
        foreach (Explanation explanation in Enum.GetValues<Explanation>())
        {
            Assert.True(Seconds(options, explanation) < Seconds(PublishedOptions.None, explanation), $"{options} under {explanation}");
        }
    }

    [Fact]
    public void All_64_combinations_of_changes_keep_tokens_in_balance_and_no_step_beats_the_memory()
    {
        for (int bits = 0; bits < 64; bits++)
        {
            PublishedOptions options = new(
                (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0, (bits & 16) != 0, (bits & 32) != 0);

            // Decode throws where a token is left or never given.
            StepTiming step = new PublishedMachine(Target, Model, Target.Recipe, options, null).Decode(512);

            PublishedModel shared = new(2048, 8192, 2, 32, 8, 64, 128256);
            Assert.True(new PublishedMachine(Target, shared, Target.Recipe, options, null).Decode(1024).Seconds > 0);

            double channels = options.AllChannels ? 32 : 24;
            Assert.True(step.Seconds >= (step.WeightBytes + step.CacheBytes) / (14.4e9 * channels), options.ToString());
        }
    }

    [Fact]
    public void Fused_decode_moves_nothing_but_weights_biases_and_cache_and_meets_four_times_a_layer()
    {
        StepTiming published = new PublishedMachine(Target, Model, Target.Recipe, PublishedOptions.None, null).Decode(512);
        StepTiming fused = new PublishedMachine(Target, Model, Target.Recipe, new PublishedOptions(FusedDecode: true), null).Decode(512);

        Assert.Equal((4 * 32) + 1, fused.Counts[(int)PublishedUnit.System]);
        Assert.Equal(published.WeightBytes, fused.WeightBytes);
        long biases = 32L * 4 * 4096 * 4;
        Assert.Equal(biases + 32000, fused.OtherBytes);
        // The past is read once and not twice, and the new key and value are written.
        Assert.Equal(512L * Model.CacheBytesPerToken + Model.CacheBytesPerToken, fused.CacheBytes);
    }

    [Fact]
    public void The_ablation_starts_at_the_board_and_no_step_makes_it_slower()
    {
        foreach (Explanation explanation in Enum.GetValues<Explanation>())
        {
            IReadOnlyList<AblationStep> table = AblationStep.Table(Target, Model, explanation, 128, 512);

            Assert.Equal(16, table.Count);
            Assert.Equal(57.1, table[0].TokensPerSecond, 1);
            Assert.Equal(52.7, table[8].TokensPerSecond, 1);
            foreach ((AblationStep before, AblationStep after) in table.Zip(table.Skip(1)).Where(pair => pair.First.Context == pair.Second.Context))
            {
                Assert.True(after.TokensPerSecond >= before.TokensPerSecond, $"{explanation}: {after.Name} is slower than {before.Name}");
            }

            Assert.All(table, step => Assert.InRange(step.Utilization, 0.3, 0.92));
        }
    }

    [Theory]
    [InlineData(Explanation.BarrierCost)]
    [InlineData(Explanation.LoadLatency)]
    public void Half_the_memory_half_the_array_and_twice_the_cost_are_slower(Explanation explanation)
    {
        BoardFit fit = Target.FitOf(explanation);
        BoardFit twice = fit with { BarrierSeconds = 2 * fit.BarrierSeconds, LoadLatencySeconds = 2 * fit.LoadLatencySeconds };
        PublishedTarget slowMemory = Target with { Hbm = Target.Hbm with { GigabytesPerSecond = 230.4 } };
        PublishedTarget smallArray = Target with { Array = Target.Array with { Depth = 8 } };
        double normal = Step(Target, fit);

        Assert.True(Step(slowMemory, fit) > normal);
        Assert.True(Step(smallArray, fit) > normal);
        Assert.True(Step(Target, twice) > normal);
    }

    private static double Step(PublishedTarget target, BoardFit fit) =>
        new PublishedMachine(target, Model, target.Recipe, PublishedOptions.None, fit).Decode(512).Seconds;

    private static double Seconds(PublishedOptions options, Explanation explanation) =>
        new PublishedMachine(Target, Model, Target.Recipe, options, Target.FitOf(explanation)).Decode(2048).Seconds;
}
