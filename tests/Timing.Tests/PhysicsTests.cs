using Flightc.Isa;
using Flightc.Targets;
using Flightc.Timing;

namespace Flightc.Tests;

/// <summary>What no machine can escape: less of anything never helps, and no step is faster than its bytes and products.</summary>
public sealed class PhysicsTests
{
    private static readonly (string Name, Explanation Explanation, Func<Target, Target> Worse)[] Changes =
    [
        ("HBM rate", Explanation.None, HalfHbm),
        ("DDR rate", Explanation.None, t => t with { Ddr = t.Ddr with { BytesPerSecond = t.Ddr.BytesPerSecond / 2 } }),
        ("array", Explanation.None, HalfArray),
        ("lanes", Explanation.None, t => t with { Core = t.Core with { SpecialLanes = t.Core.SpecialLanes / 2 } }),
        ("exchange", Explanation.None, t => t with { Core = t.Core with { ExchangeBytesPerCycle = t.Core.ExchangeBytesPerCycle / 2 } }),
        ("ring width", Explanation.None, t => t with { Buffers = t.Buffers with { WidthBytes = t.Buffers.WidthBytes / 8 } }),
        ("HBM latency", Explanation.None, Hbm(h => h with { LatencySeconds = 2 * h.LatencySeconds })),
        ("row switch", Explanation.None, Hbm(h => h with { RowSwitchSeconds = 2 * h.RowSwitchSeconds })),
        ("refresh", Explanation.None, Hbm(h => h with { RefreshShare = 2 * h.RefreshShare })),
        ("turnaround", Explanation.None, Hbm(h => h with { TurnaroundSeconds = 2 * h.TurnaroundSeconds })),
        ("burst", Explanation.None, Hbm(h => h with { BurstBytes = 2 * h.BurstBytes })),
        ("DDR latency", Explanation.None, Timing(t => t with { Ddr = t.Ddr with { LatencySeconds = 2 * t.Ddr.LatencySeconds } })),
        ("tokens", Explanation.None, Pipeline(p => p with { TokenCycles = 2 * p.TokenCycles })),
        ("matrix fill", Explanation.None, Pipeline(p => p with { MatrixFillCycles = 2 * p.MatrixFillCycles })),
        ("special fill", Explanation.None, Pipeline(p => p with { SpecialFillCycles = 2 * p.SpecialFillCycles })),
        ("hop", Explanation.None, Pipeline(p => p with { ExchangeHopCycles = 2 * p.ExchangeHopCycles })),
        ("barrier", Explanation.Barrier, Timing(t => t with { Fitted = t.Fitted with { BarrierSeconds = 2 * t.Fitted.BarrierSeconds } })),
        ("load", Explanation.Load, Timing(t => t with { Fitted = t.Fitted with { LoadSeconds = 2 * t.Fitted.LoadSeconds } })),
    ];

    public static TheoryData<string, string, int> ChangesAndSteps()
    {
        TheoryData<string, string, int> data = [];
        foreach (string model in new[] { "wide", "tiny" })
        {
            for (int change = 0; change < Changes.Length; change++)
            {
                data.Add(Changes[change].Name, model, change);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(ChangesAndSteps))]
    public void Less_of_anything_never_makes_a_step_faster(string name, string model, int change)
    {
        // Loads and stores share a memory that serves who asks first. Later requests can change that order for the
        // better, as in every schedule of such a kind (R. L. Graham, 1969); by a few accesses, which take less than
        // a page of weights.
        const double AllowedCycles = 64;
        TimedModel timed = TimedModel.Of(model);
        (_, Explanation explanation, Func<Target, Target> worse) = Changes[change];
        foreach (StepCase step in Steps)
        {
            double before = timed.Run(timed.Target, step, explanation).Cycles;
            double after = timed.Run(worse(timed.Target), step, explanation).Cycles;
            Assert.True(after >= before - AllowedCycles, $"{name}, {step}: {before} cycles become {after}");
        }
    }

    [Fact]
    public void A_step_bound_by_HBM_takes_nearly_twice_as_long_with_half_of_it()
    {
        StepTiming before = TimedModel.Wide.Run(TimedModel.Wide.Target, StepCase.Decode(100));
        StepTiming after = TimedModel.Wide.Run(HalfHbm(TimedModel.Wide.Target), StepCase.Decode(100));
        Assert.Equal("hbm", after.Bottleneck.Name);
        Assert.InRange(after.Cycles / before.Cycles, 1.7, 2.0);
    }

    [Fact]
    public void A_step_bound_by_the_array_takes_nearly_twice_as_long_with_half_of_it()
    {
        StepCase step = StepCase.Prefill(0, 64, true);
        StepTiming before = TimedModel.Wide.Run(TimedModel.Wide.Target, step);
        StepTiming after = TimedModel.Wide.Run(HalfArray(TimedModel.Wide.Target), step);
        Assert.Equal("matrix", after.Bottleneck.Name);
        Assert.InRange(after.Cycles / before.Cycles, 1.6, 2.0);
    }

    [Theory]
    [InlineData("wide")]
    [InlineData("tiny")]
    public void No_step_is_faster_than_its_bytes_and_products_at_peak(string model)
    {
        TimedModel timed = TimedModel.Of(model);
        Target free = Free(timed.Target);
        foreach (Target target in new[] { timed.Target, free, HalfHbm(free), HalfArray(free) })
        {
            foreach (StepCase step in Steps)
            {
                StepTiming timing = timed.Run(target, step);
                Assert.InRange(timing.HbmUtilization, 0, 1);
                Assert.InRange(timing.MacUtilization, 0, 1);
                Assert.InRange(timing.Traffic.Ddr / timing.Seconds, 0, target.Ddr.BytesPerSecond);
                Assert.InRange(timing.Bottleneck.Share, 0, 1);
            }
        }
    }

    [Fact]
    public void A_machine_without_latencies_comes_near_the_roofline()
    {
        StepTiming timing = TimedModel.Wide.Run(Free(TimedModel.Wide.Target), StepCase.Decode(100));
        Assert.InRange(timing.HbmUtilization, 0.85, 1);
    }

    [Theory]
    [InlineData("wide")]
    [InlineData("tiny")]
    public void Busy_time_and_stalls_of_every_unit_add_up_to_the_step(string model)
    {
        foreach (StepCase step in Steps)
        {
            StepTiming timing = TimedModel.Of(model).Run(TimedModel.Of(model).Target, step, Explanation.Load);
            Assert.All(timing.Units.SelectMany(u => u), unit =>
            {
                Assert.All(unit.Stalls, stall => Assert.True(stall >= 0));
                Assert.Equal(timing.Cycles, unit.Busy + unit.Stalls.Sum(), timing.Cycles * 1e-9);
            });
        }
    }

    [Fact]
    public void The_same_step_takes_the_same_time_again_and_seen_by_an_observer()
    {
        StepTiming once = TimedModel.Tiny.Run(TimedModel.Tiny.Target, StepCase.Decode(77), Explanation.Barrier);
        StepTiming again = TimedModel.Tiny.Run(TimedModel.Tiny.Target, StepCase.Decode(77), Explanation.Barrier, new TokenWatch());
        Assert.Equal(once.Cycles, again.Cycles);
        Assert.Equal(once.Traffic, again.Traffic);
        Assert.Equal(once.Energy, again.Energy);
        Assert.Equal(once.Units.SelectMany(u => u.Select(t => t.Busy)), again.Units.SelectMany(u => u.Select(t => t.Busy)));
    }

    [Fact]
    public void Each_explanation_costs_what_it_says_at_most()
    {
        TimedModel tiny = TimedModel.Tiny;
        StepTiming none = tiny.Run(tiny.Target, StepCase.Decode(77));
        FittedTiming fitted = tiny.Target.Timing.Fitted;
        double exchanges = none.Units[0][(int)Unit.Exchange].Instructions;
        double loads = none.Units.Max(u => u[(int)Unit.Load].Instructions);
        double barrier = tiny.Run(tiny.Target, StepCase.Decode(77), Explanation.Barrier).Seconds - none.Seconds;
        double load = tiny.Run(tiny.Target, StepCase.Decode(77), Explanation.Load).Seconds - none.Seconds;
        Assert.InRange(barrier, 0.5 * exchanges * fitted.BarrierSeconds, exchanges * fitted.BarrierSeconds);
        Assert.InRange(load, 0, loads * fitted.LoadSeconds);
    }

    private static IEnumerable<StepCase> Steps =>
        [StepCase.Decode(0), StepCase.Decode(100), StepCase.Prefill(0, 16, false), StepCase.Prefill(37, 5, true)];

    private static Target HalfHbm(Target t) =>
        t with { Hbm = t.Hbm with { ChannelBytesPerSecond = t.Hbm.ChannelBytesPerSecond / 2 } };

    private static Target HalfArray(Target t) =>
        t with { Core = t.Core with { Matrix = t.Core.Matrix with { Columns = t.Core.Matrix.Columns / 2 } } };

    // All widths as they are, and nothing that takes time beside them.
    private static Target Free(Target t) => Timing(c => c with
    {
        Hbm = c.Hbm with { LatencySeconds = 0, RowSwitchSeconds = 0, RefreshShare = 0, TurnaroundSeconds = 0 },
        Ddr = c.Ddr with { LatencySeconds = 0 },
        Pipeline = c.Pipeline with { TokenCycles = 0, MatrixFillCycles = 0, SpecialFillCycles = 0, ExchangeHopCycles = 0 },
    })(t);

    private static Func<Target, Target> Timing(Func<TimingConstants, TimingConstants> change) => t => t with { Timing = change(t.Timing) };

    private static Func<Target, Target> Hbm(Func<HbmTiming, HbmTiming> change) => Timing(t => t with { Hbm = change(t.Hbm) });

    private static Func<Target, Target> Pipeline(Func<PipelineTiming, PipelineTiming> change) => Timing(t => t with { Pipeline = change(t.Pipeline) });
}
