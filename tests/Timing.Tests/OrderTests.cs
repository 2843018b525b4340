using Flightc.Isa;
using Flightc.Timing;

namespace Flightc.Tests;

/// <summary>The order that docs/isa.md §1 prescribes: units in their streams' order, tokens, exchanges, rings that never hold too much.</summary>
public sealed class OrderTests
{
    private static readonly StepCase[] Steps = [StepCase.Decode(0), StepCase.Decode(150), StepCase.Prefill(30, 16, true)];

    [Theory]
    [InlineData("tiny")]
    [InlineData("wide")]
    public void A_unit_ends_an_instruction_before_it_starts_the_next(string model)
    {
        foreach (TokenWatch watch in Watched(model))
        {
            foreach (var queue in watch.Instructions.GroupBy(i => (i.Core, i.Unit)))
            {
                double free = 0;
                foreach (var instruction in queue)
                {
                    Assert.True(instruction.Start >= free && instruction.End > instruction.Start, $"{instruction} after {free}");
                    free = instruction.End;
                }
            }
        }
    }

    [Theory]
    [InlineData("tiny")]
    [InlineData("wide")]
    public void An_instruction_starts_after_the_ones_that_gave_its_tokens_have_ended(string model)
    {
        foreach (TokenWatch watch in Watched(model))
        {
            foreach (var core in watch.Instructions.GroupBy(i => i.Core))
            {
                for (int giver = 0; giver < InstructionSet.UnitCount; giver++)
                {
                    for (int taker = 0; taker < InstructionSet.UnitCount; taker++)
                    {
                        double[] given = [.. core.Where(i => (int)i.Unit == giver && ((int)i.Instruction.Release >> taker & 1) == 1).Select(i => i.End)];
                        double[] taken = [.. core.Where(i => (int)i.Unit == taker && ((int)i.Instruction.Wait >> giver & 1) == 1).Select(i => i.Start)];
                        Assert.Equal(given.Length, taken.Length);
                        Assert.All(given.Zip(taken), pair => Assert.True(pair.First < pair.Second, $"{(Unit)giver} to {(Unit)taker}: {pair}"));
                    }
                }
            }
        }
    }

    [Fact]
    public void Exchanges_start_and_end_together_on_all_cores()
    {
        foreach (TokenWatch watch in Watched("tiny"))
        {
            (double, double)[][] cores =
            [
                .. watch.Instructions.Where(i => i.Unit == Unit.Exchange && i.Instruction is not Synchronize)
                    .GroupBy(i => i.Core).Select(core => core.Select(i => (i.Start, i.End)).ToArray()),
            ];
            Assert.NotEmpty(cores[0]);
            Assert.All(cores, core => Assert.Equal(cores[0], core));
        }
    }

    [Theory]
    [InlineData("tiny")]
    [InlineData("wide")]
    public void No_ring_ever_holds_more_than_it_can(string model)
    {
        Geometry geometry = TimedModel.Of(model).Program.Geometry;
        foreach (TokenWatch watch in Watched(model))
        {
            Assert.NotEmpty(watch.Claims);
            Assert.All(watch.Claims, c => Assert.InRange(c.Bytes, 1, c.IsWeights ? geometry.WeightRingBytes : geometry.CacheRingBytes));
        }
    }

    private static IEnumerable<TokenWatch> Watched(string model)
    {
        foreach (StepCase step in Steps)
        {
            TokenWatch watch = new();
            StepTiming timing = TimedModel.Of(model).Run(TimedModel.Of(model).Target, step, observer: watch);
            Assert.Equal(timing.Units.Sum(core => core.Sum(u => u.Instructions)), watch.Instructions.Count);
            yield return watch;
        }
    }
}
