using System.Globalization;
using Flightc.Passes.Tiling;
using Flightc.Schedules;
using Flightc.Timing;

namespace Flightc.Tests;

/// <summary>The cost of a Schedule against the cycle model of its program.</summary>
public sealed class ScheduleCostTests
{
    private const double Tolerance = 0.02;
    private const double ToleranceOfOtherMappings = 0.03;

    /// <summary>Mappings that the rules do not choose.</summary>
    public static TheoryData<MappingOptions> Choices => new()
    {
        new MappingOptions { Attention = AttentionDivision.Keys },
        new MappingOptions { DecodeGather = GatherForm.Codes, DecodeLoops = 1, AheadPercent = 100 },
        new MappingOptions { PrefillGather = GatherForm.Values, PrefillLoops = 2, GateRows = 64, HeadRows = 256 },
        new MappingOptions { PrefillTokens = 32, DecodeLoops = 1, AheadPercent = 50, GateRows = 512 },
    };

    [Theory]
    [InlineData("llama2-7b", "u280", "w3.5")]
    [InlineData("llama2-7b", "vhk158", "w3.5")]
    [InlineData("llama2-7b", "u280", "w3.5-8of16")]
    [InlineData("llama2-7b", "u280", "4g128 16.16.8.8.8.4.2.0:16")]
    [InlineData("llama2-13b", "u280", "w3.5")]
    [InlineData("llama3-8b", "u280", "w3.5")]
    [InlineData("llama3.2-1b", "u280", "w3.5")]
    [InlineData("tinyllama-1.1b", "u280", "w3.5")]
    [InlineData("tinyllama-1.1b", "vhk158", "w8")]
    public void A_schedule_s_cost_is_within_two_percent_of_the_cycle_model(string shape, string target, string recipe) =>
        Compare(ShapedModel.Of(shape, target, recipe, 8192 + 1), [128, 512, 2048, 8192]);

    [Theory]
    [MemberData(nameof(Choices))]
    public void So_it_is_under_choices_that_rules_would_not_make(MappingOptions options)
    {
        Compare(ShapedModel.Of("tinyllama-1.1b", "u280", "w3.5", 2048 + 1, options), [128, 2048], ToleranceOfOtherMappings);
        Compare(ShapedModel.Of("llama2-7b", "u280", "w3.5", 2048 + 1, options), [512], ToleranceOfOtherMappings);
    }

    [Theory]
    [InlineData("OPT-6.7B")]
    [InlineData("Qwen2.5-1.5B")]
    [InlineData("Gemma-2-2B")]
    [InlineData("GPT-2")]
    [InlineData("Phi-2")]
    [InlineData("Qwen3-0.6B")]
    public void So_it_is_for_every_kind_of_decoder(string family)
    {
        // Layers are alike; eight of them tell as much as all. A head of more logits than these would be most of the step: docs/cost.md §4.
        DecoderSettings published = DecoderFamilies.Published[family];
        DecoderSettings settings = published with { Layers = 8, Context = 2048 + 1, Vocabulary = Math.Min(published.Vocabulary, 64000) };
        Compare(ShapedModel.Of(settings, "u280", "w4"), [128, 2048]);
        Compare(
            ShapedModel.Of(settings, "u280", "w4", new MappingOptions { DecodeGather = GatherForm.Codes, PrefillTokens = 32, GateRows = 256 }), [512],
            ToleranceOfOtherMappings);
    }

    [Theory]
    [InlineData("opt-6.7b")]
    [InlineData("qwen2.5-1.5b")]
    [InlineData("mistral-7b")]
    [InlineData("gemma-2-2b")]
    [InlineData("phi-3-mini")]
    public void Shapes_of_other_families_keep_HBM_busy_when_they_decode(string shape)
    {
        ShapedModel model = ShapedModel.Of(shape, "u280", "w4", 2048);
        StepTiming step = model.CycleModel().Run(StepCase.Decode(512), Explanation.None);

        Assert.Empty(ScheduleVerifier.Verify(model.Schedule));
        Assert.InRange(step.HbmUtilization, 0.85, 0.95);
    }

    [Fact]
    public void Longer_contexts_losses_and_slower_memories_never_make_a_step_cheaper()
    {
        ShapedModel model = ShapedModel.Of("tinyllama-1.1b", "u280", "w3.5", 2048 + 1);
        ScheduleCost cost = new(model.Schedule, model.Target);
        double[] decode = [.. new long[] { 0, 1, 100, 128, 129, 512, 2048 }.Select(past => cost.Decode(past, default))];
        Assert.Equal(decode.Order(), decode);
        Assert.True(cost.Decode(512, new LostTime(20e-6, 0)) > cost.Decode(512, default));
        Assert.True(cost.Decode(512, new LostTime(0, 1e-6)) > cost.Decode(512, default));
        ScheduleCost slow = new(
            model.Schedule,
            model.Target with { Hbm = model.Target.Hbm with { ChannelBytesPerSecond = model.Target.Hbm.ChannelBytesPerSecond / 2 } });
        Assert.InRange(slow.Decode(512, default) / cost.Decode(512, default), 1.5, 2);
    }

    [Fact]
    public void A_prompt_costs_what_its_steps_cost()
    {
        ShapedModel model = ShapedModel.Of("tinyllama-1.1b", "u280", "w3.5", 2048 + 1);
        ScheduleCost cost = new(model.Schedule, model.Target);
        int most = model.Schedule.MaxTokens;
        double steps = cost.Prefill(0, most, isLast: false, default) + cost.Prefill(most, 5, isLast: true, default);
        Assert.Equal(steps, cost.Prompt(most + 5, default), 12);
    }

    private static void Compare(ShapedModel model, long[] contexts, double tolerance = Tolerance)
    {
        ScheduleCost cost = new(model.Schedule, model.Target);
        CycleModel cycles = model.CycleModel();
        List<string> wrong = [];
        void Check(StepCase step, Explanation explanation, double predicted)
        {
            double simulated = cycles.Run(step, explanation).Seconds;
            double error = (predicted / simulated) - 1;
            if (!(Math.Abs(error) <= tolerance))
            {
                wrong.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{step.Entry} {step.Past} {explanation}: {predicted * 1e3:F4} ms, the cycle model {simulated * 1e3:F4} ms, {error:P2}"));
            }
        }

        foreach (Explanation explanation in Enum.GetValues<Explanation>())
        {
            LostTime lost = model.LostBy(explanation);
            foreach (long past in contexts)
            {
                Check(StepCase.Decode(past), explanation, cost.Decode(past, lost));
            }

            long tokens = Math.Min(128, model.Schedule.MaxTokens);
            Check(StepCase.Prefill(0, tokens, isLast: true), explanation, cost.Prefill(0, tokens, isLast: true, lost));
        }

        Assert.True(wrong.Count == 0, $"{model.Graph.Name} on {model.Target.Name}\n{string.Join('\n', wrong)}");
    }
}
