using Flightc.Diagnostics;
using Flightc.Passes.Tiling;
using Flightc.Schedules;
using Flightc.Timing;

namespace Flightc.Tests;

/// <summary>The search for the fastest mapping.</summary>
public sealed class MappingSearchTests
{
    private static readonly ShapedModel Model = ShapedModel.Of("llama3.2-1b", "vhk158", "w3.5", 2049);

    [Fact]
    public void What_it_finds_is_faster_than_the_rules_by_the_cycle_model_too()
    {
        MappingChoice choice = Search(MappingSearch.DefaultLimit, Simulated);
        Assert.NotEqual(Model.Schedule.Mapping, choice.Schedule.Mapping);
        MappingMix mix = MappingMix.For(2049).Brief;
        Assert.True(Simulated(choice.Schedule, mix) < Simulated(Model.Schedule, mix));
        Assert.Empty(ScheduleVerifier.Verify(choice.Schedule));
        Assert.Single(choice.Reasons, line => line.EndsWith(" chosen", StringComparison.Ordinal));
        Assert.Equal(2, choice.Reasons.Count(line => line.Contains(" confirmed ", StringComparison.Ordinal)));
    }

    [Fact]
    public void It_finds_the_same_every_time()
    {
        MappingChoice first = Search(MappingSearch.DefaultLimit, Simulated);
        MappingChoice second = Search(MappingSearch.DefaultLimit, Simulated);
        Assert.Equal(first.Reasons, second.Reasons);
        Assert.Equal(ScheduleText.Print(first.Schedule), ScheduleText.Print(second.Schedule));
    }

    [Fact]
    public void Where_the_cycle_model_contradicts_the_rules_mapping_stays()
    {
        MappingChoice choice = Search(MappingSearch.DefaultLimit, (schedule, _) => schedule.Mapping == Model.Schedule.Mapping ? 1 : 1.01);
        Assert.Equal(Model.Schedule.Mapping, choice.Schedule.Mapping);
        Assert.Single(choice.Reasons, line => line.StartsWith("rules:", StringComparison.Ordinal) && line.EndsWith(" chosen", StringComparison.Ordinal));
    }

    [Fact]
    public void A_mapping_that_cannot_be_emitted_is_not_chosen()
    {
        MappingChoice choice = Search(MappingSearch.DefaultLimit, (schedule, _) =>
            schedule.Mapping == Model.Schedule.Mapping ? 1 : throw new CompilationException(Codes.DoesNotFit, "too large"));
        Assert.Equal(Model.Schedule.Mapping, choice.Schedule.Mapping);
        Assert.Single(choice.Reasons, line => line.EndsWith($" refused {Codes.DoesNotFit}", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_candidates_the_rules_decide()
    {
        MappingChoice choice = Search(0, (_, _) => throw new InvalidOperationException("nothing is to be confirmed"));
        Assert.Equal(ScheduleText.Print(Model.Schedule), ScheduleText.Print(choice.Schedule));
        Assert.Single(choice.Reasons);
    }

    [Fact]
    public void A_limit_cuts_after_so_many_candidates_and_says_so()
    {
        MappingChoice choice = Search(3, Simulated);
        Assert.Contains("4 candidates, more were left off by the limit", choice.Reasons[0], StringComparison.Ordinal);
        Assert.DoesNotContain("left off", Search(1000, Simulated).Reasons[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Reasons_are_comments_of_the_schedule_s_text()
    {
        MappingChoice choice = Search(5, Simulated);
        string text = ScheduleText.Print(choice.Schedule, choice.Reasons);
        Assert.All(choice.Reasons, reason => Assert.Contains($"; {reason}\n", text, StringComparison.Ordinal));
        Assert.Equal(ScheduleText.Print(choice.Schedule), ScheduleText.Print(ScheduleText.Parse(text, "text")));
    }

    [Fact]
    public void A_mix_stays_within_the_longest_sequence()
    {
        Assert.Equal([128, 512, 2048], MappingMix.For(4096).Contexts);
        Assert.Equal([128, 255], MappingMix.For(256).Contexts);
        Assert.Equal([7], MappingMix.For(8).Contexts);
        Assert.Equal(8, MappingMix.For(8).Prompt);
        MappingMix mix = new(2, 10, [1, 3]);
        Assert.Equal(2 + (10 * 2), mix.Seconds(tokens => tokens, past => past));
        Assert.Equal(10, mix.Seconds(_ => throw new InvalidOperationException("enough is known"), past => past, enough: 9));
    }

    private static MappingChoice Search(int limit, Func<Schedule, MappingMix, double> confirm) =>
        MappingSearch.Run(Model.Graph, Model.Target, limit, confirm);

    private static double Simulated(Schedule schedule, MappingMix mix)
    {
        CycleModel model = ShapedModel.CycleModelOf(schedule, Model.Target);
        return new[] { Explanation.Barrier, Explanation.Load }.Max(explanation => mix.Seconds(
            tokens => SequenceTiming.Of(model, tokens, 0, explanation).Prefill.Sum(s => s.Seconds),
            past => model.Run(StepCase.Decode(past), explanation).Seconds));
    }
}
