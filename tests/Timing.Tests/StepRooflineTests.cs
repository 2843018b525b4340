using Flightc.Packing;
using Flightc.Targets;
using Flightc.Timing;

namespace Flightc.Tests;

public sealed class StepRooflineTests
{
    private static readonly Target Machine = new TargetCatalog(Path.Combine(TestData.Repository, "configs", "targets")).Find("u280");

    // Seven billion weights of four bits in 32 layers.
    private static readonly ModelWork Model = new(
        32, 4096, 11008, 32000, 32, 32, 128, Work(32L * 3 * 4096 * 4096), Work(32L * 4096 * 4096), Work(32L * 2 * 4096 * 11008),
        Work(32L * 4096 * 11008), Work(4096L * 32000));

    public static TheoryData<string> Changes => [.. Slower.Keys];

    private static readonly Dictionary<string, Func<Target, Target>> Slower = new()
    {
        ["half the memory"] = t => t with { Hbm = t.Hbm with { ChannelBytesPerSecond = t.Hbm.ChannelBytesPerSecond / 2 } },
        ["half the engine"] = t => t with { Core = t.Core with { Matrix = t.Core.Matrix with { Rows = t.Core.Matrix.Rows / 2 } } },
        ["half the lanes"] = t => t with { Core = t.Core with { SpecialLanes = t.Core.SpecialLanes / 2 } },
        ["half the exchange"] = t => t with { Core = t.Core with { ExchangeBytesPerCycle = t.Core.ExchangeBytesPerCycle / 2 } },
        ["half the ring"] = t => t with { Buffers = t.Buffers with { WeightRingBytes = t.Buffers.WeightRingBytes / 2 } },
        ["half the port"] = t => t with { Buffers = t.Buffers with { WidthBytes = t.Buffers.WidthBytes / 2 } },
        ["half the channels"] = t => t with { CoreChannels = [6, 5, 5] },
        ["longer hops"] = t => t with { Timing = t.Timing with { Pipeline = t.Timing.Pipeline with { ExchangeHopCycles = 1000 } } },
        ["longer fills"] = t => t with { Timing = t.Timing with { Pipeline = t.Timing.Pipeline with { SpecialFillCycles = 1000 } } },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_poorer_machine_is_not_faster(string change)
    {
        Target poorer = Slower[change](Machine);
        foreach (Explanation explanation in Enum.GetValues<Explanation>())
        {
            StepRoofline better = new(Model, Machine, explanation);
            StepRoofline worse = new(Model, poorer, explanation);
            foreach (long past in (long[])[0, 128, 2048])
            {
                // Up to rounding: sums of the same terms in other orders.
                Assert.True(worse.Decode(past) >= better.Decode(past) * (1 - 1e-12), $"{change}, {explanation}, decode at {past}");
                Assert.True(worse.Prefill(past, 128) >= better.Prefill(past, 128) * (1 - 1e-12), $"{change}, {explanation}, prefill at {past}");
            }
        }
    }

    [Fact]
    public void Nothing_is_faster_than_its_bytes_and_products_allow()
    {
        StepRoofline roofline = new(Model, Machine, Explanation.None);
        double bytes = Model.Total.Bytes / Machine.PeakHbmBytesPerSecond;
        double macs = Model.Total.Macs / (Machine.PeakMacsPerCycle * Machine.ClockHertz);

        Assert.InRange(roofline.Decode(0), bytes, 1.3 * bytes);
        Assert.InRange(roofline.Prefill(0, 128), 127 * macs, 1.3 * 128 * macs);
        Assert.True(roofline.Decode(2048) > roofline.Decode(1024));
    }

    [Fact]
    public void A_fitted_loss_only_adds()
    {
        double none = new StepRoofline(Model, Machine, Explanation.None).Decode(512);

        // Four exchanges in a layer and one before the logits.
        double barriers = (1 + (4 * Model.Layers)) * Machine.Timing.Fitted.BarrierSeconds;
        Assert.InRange(new StepRoofline(Model, Machine, Explanation.Barrier).Decode(512), none, none + (1.01 * barriers));
        Assert.True(new StepRoofline(Model, Machine, Explanation.Load).Decode(512) >= none);
    }

    private static ChannelWork Work(long weights) => new(weights / 2, weights / 24, 0, weights, 0);
}
