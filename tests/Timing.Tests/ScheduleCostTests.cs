using System.Globalization;
using Flightc.Schedules;
using Flightc.Timing;

namespace Flightc.Tests;

/// <summary>The cost of a Schedule against the cycle model of its program.</summary>
public sealed class ScheduleCostTests
{
    private const double Tolerance = 0.05;

    [Theory]
    [InlineData("llama2-7b", "u280", "w3.5")]
    [InlineData("llama2-7b", "vhk158", "w3.5")]
    [InlineData("llama2-7b", "u280", "w3.5-8of16")]
    [InlineData("llama3.2-1b", "u280", "w3.5")]
    [InlineData("tinyllama-1.1b", "u280", "w3.5")]
    [InlineData("llama3-8b", "u280", "w3.5")]
    [InlineData("llama2-13b", "u280", "w3.5")]
    public void A_schedule_s_cost_is_within_five_percent_of_the_cycle_model(string shape, string target, string recipe)
    {
        ShapedModel model = ShapedModel.Of(shape, target, recipe, 8192 + 1);
        ScheduleCost cost = new(model.Schedule, model.Target);
        CycleModel cycles = model.CycleModel();
        List<string> wrong = [];
        void Compare(StepCase step, Explanation explanation, double predicted)
        {
            double simulated = cycles.Run(step, explanation).Seconds;
            double error = (predicted / simulated) - 1;
            string line = string.Create(
                CultureInfo.InvariantCulture, $"{shape} {target} {recipe} {step.Entry} {step.Past} {explanation} {model.Schedule.Mapping.Decode.Loops}: {predicted * 1e3:F4} ms for {simulated * 1e3:F4} ms, {error:+0.00 %;-0.00 %}");
            File.AppendAllText("/tmp/search-cost.txt", line + "\n");
            if (Math.Abs(error) > Tolerance)
            {
                wrong.Add(line);
            }
        }

        foreach (Explanation explanation in Enum.GetValues<Explanation>())
        {
            foreach (long past in new long[] { 128, 512, 2048, 8192 })
            {
                Compare(StepCase.Decode(past), explanation, cost.Decode(past, model.LostBy(explanation)));
            }

            long tokens = Math.Min(128, model.Schedule.MaxTokens);
            Compare(StepCase.Prefill(0, tokens, isLast: true), explanation, cost.Prefill(0, tokens, isLast: true, model.LostBy(explanation)));
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }
}
