using Flightc.Isa;
using Flightc.Targets;
using Flightc.Timing;

namespace Flightc.Tests;

public sealed class InstructionCostTests
{
    private static readonly Target U280 = TimedModel.Wide.Target;
    private static readonly UnitTimes Units = new(U280);
    private static readonly InstructionCosts Costs = new(Units);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 4)]
    [InlineData(65, 128)]
    [InlineData(128, 128)]
    [InlineData(129, 129)]
    [InlineData(200, 256)]
    public void The_array_folds_by_halves(long tokens, long folded) => Assert.Equal(folded, Units.Folded(tokens));

    [Fact]
    public void The_whole_array_works_on_one_token()
    {
        Assert.Equal(1000, Units.Product(1000L * 4096, 0, 1));
        Assert.Equal(128_000, Units.Product(1000L * 4096, 0, 128));
    }

    [Fact]
    public void Kept_codes_cost_twice_for_one_token_and_once_for_several()
    {
        Assert.Equal(2000, Units.Product(0, 1000L * 4096, 1));
        Assert.Equal(2000, Units.Product(0, 1000L * 4096, 2));
        Assert.Equal(128_000, Units.Product(0, 1000L * 4096, 128));
    }

    [Fact]
    public void Special_functions_take_a_sweep_per_row_and_what_two_sweeps_need_twice()
    {
        double fill = U280.Timing.Pipeline.SpecialFillCycles;
        int lanes = U280.Core.SpecialLanes;
        Assert.Equal(3 * 10 + fill, Costs.Special(new ActivateRows { Count = (10 * lanes) - 1, Tokens = 3, Gated = 1 }, []));
        Assert.Equal(3 * 10 + fill, Costs.Special(new AddRows { Count = (10 * lanes) - 1, Tokens = 3 }, []));
        Assert.Equal(2 * (10 + fill), Costs.Special(new NormalizeRows { Heads = 10, Count = lanes, Tokens = 1 }, []));
        Assert.Equal(3 * (2 + fill), Costs.Special(new NormalizeRows { Heads = 1, Count = lanes, Tokens = 2, Layer = 1, Biased = 1 }, []));
        Assert.Equal(2 * (10 + fill), Costs.Special(new QuantizeHeads { Heads = 10, HeadDim = lanes, Tokens = 1 }, []));
        Assert.Equal(10 + fill + 2 + fill, Costs.Special(new QuantizeRows { Count = 10 * lanes, Tokens = 1, Norm = 1, Segments = lanes + 1 }, []));
        Assert.Equal(10 + fill, Costs.Special(new QuantizeRows { Count = 10 * lanes, Tokens = 1 }, []));
    }

    [Fact]
    public void An_exchange_brings_everybody_what_the_others_give()
    {
        double hops = 2 * U280.Timing.Pipeline.ExchangeHopCycles;
        Assert.Equal(hops + (20.0 * 64 / U280.Core.ExchangeBytesPerCycle), Units.Exchange(30 * 64, 10 * 64));
    }

    [Fact]
    public void Attention_costs_its_keys_and_probabilities_count_two_planes()
    {
        MultiplyKeys score = new(Unit.Vector) { Tokens = 1, Group = 4, HeadDim = 128, Rows = 9, Slots = 10 };
        InstructionCosts.Attention keys = Costs.Score(score, [], 11);
        Assert.Equal(4L * 110 * 128, keys.Macs);
        Assert.Equal(4.0 * 110 * 128 / 4096, keys.Cycles);
        Assert.Equal((9, 132), (keys.Rows, keys.RowBytes));
        Assert.Equal(keys.Cycles / 10, keys.RestCycles, 1e-9);

        MultiplyValues value = new(Unit.Vector) { Tokens = 1, Group = 4, HeadDim = 128, Rows = 9, Slots = 10 };
        Assert.Equal(2 * keys.Macs, Costs.Value(value, [], 11).Macs);
        Assert.Equal(128, Costs.Value(value, [], 11).RowBytes);
    }

    [Fact]
    public void Blocks_that_a_causal_mask_hides_are_skipped_where_there_is_a_mask()
    {
        // 128 tokens after none: of two by two blocks the upper right one is hidden.
        MultiplyKeys all = new(Unit.Matrix) { Tokens = 128, Group = 1, HeadDim = 128, Slots = 4 };
        MultiplyKeys masked = new(Unit.Matrix) { Tokens = 128, Group = 1, HeadDim = 128, Slots = 4, Mask = 64 };
        Assert.Equal(0.75 * Costs.Score(all, [], 32).Cycles, Costs.Score(masked, [], 32).Cycles);
    }

    [Fact]
    public void The_rows_of_a_step_are_dealt_to_channels_by_position()
    {
        // 32 channels, position 30 in channel 30 + rotation 3: the step's 40 tokens wrap around once.
        ChannelRange all = new(0, 32);
        Assert.Equal((2, 40), InstructionCosts.Stored(30, 40, 3, 1, all, 32));
        Assert.Equal((1, 1), InstructionCosts.Stored(30, 1, 3, 1, new ChannelRange(0, 11), 32));
        Assert.Equal((0, 0), InstructionCosts.Stored(30, 1, 3, 1, new ChannelRange(11, 11), 32));

        // Heads begin one channel further each: 11 of them in 11 channels, and one more.
        Assert.Equal((2, 12), InstructionCosts.Stored(30, 1, 3, 12, new ChannelRange(0, 11), 11));
    }
}
