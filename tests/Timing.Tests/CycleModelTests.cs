using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Packing;
using Flightc.Targets;
using Flightc.Timing;

namespace Flightc.Tests;

public sealed class CycleModelTests
{
    [Fact]
    public void Instructions_are_fetched_once_unless_a_loop_does_not_fit_its_buffer()
    {
        TimedModel timed = TimedModel.Wide;
        long words = timed.Program.Decode.Streams.SelectMany(core => core).Sum(stream => InstructionEncoding.Encode(stream).Length);
        Assert.Equal(4 * words, timed.Run(WithBuffer(timed.Target, 1 << 20), StepCase.Decode(9)).Traffic.Instructions);
        Assert.True(timed.Run(WithBuffer(timed.Target, 64), StepCase.Decode(9)).Traffic.Instructions > 4 * words);
    }

    [Fact]
    public void Bytes_of_weights_are_whole_streams_by_class()
    {
        TimedModel tiny = TimedModel.Tiny;
        StepTraffic traffic = tiny.Run(tiny.Target, StepCase.Decode(9)).Traffic;
        ChannelWork all = tiny.Work.Cores.SelectMany(c => c).Aggregate(default(ChannelWork), (sum, p) => sum + p.Total);
        Assert.Equal(all.ScaleBytes, traffic.Scales);
        Assert.Equal(all.IndexBytes, traffic.Indices);
        Assert.True(traffic.Weights >= all.CodeBytes);
    }

    [Fact]
    public void Products_with_weights_are_those_of_the_model_for_every_token()
    {
        TimedModel tiny = TimedModel.Tiny;
        long perToken = tiny.Work.Cores.SelectMany(c => c).Sum(p => p.Total.Macs);
        Assert.Equal(perToken, tiny.Run(tiny.Target, StepCase.Decode(9)).Macs.Weights);
        long head = tiny.Work.Cores.Sum(c => c[^1].Total.Macs);
        Assert.InRange(tiny.Run(tiny.Target, StepCase.Prefill(9, 16, true)).Macs.Weights, (16 * perToken) - (16 * head), 16 * perToken);
    }

    [Fact]
    public void A_program_that_waits_for_a_token_nobody_gives_is_refused()
    {
        TimedModel tiny = TimedModel.Tiny;
        EntryPoint decode = tiny.Program.Decode;
        IReadOnlyList<IReadOnlyList<Instruction>>[] cores = [.. decode.Streams];
        IReadOnlyList<Instruction>[] units = [.. cores[1]];
        units[(int)Unit.System] = [new EndProgram { Wait = Units.Exchange }];
        cores[1] = units;
        MachineProgram broken = tiny.Program with { Entries = [decode with { Streams = cores }] };
        CompilationException e = Assert.Throws<CompilationException>(
            () => CycleModel.Run(broken, tiny.Target, tiny.Work, StepCase.Decode(0), Explanation.None));
        Assert.Contains("stops for ever", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Work_with_fewer_products_than_the_program_takes_is_refused()
    {
        TimedModel tiny = TimedModel.Tiny;
        ProgramWork less = new([.. tiny.Work.Cores.Select(c => (IReadOnlyList<ProductWork>)[.. c.SkipLast(1)])]);
        Assert.Throws<CompilationException>(() => CycleModel.Run(tiny.Program, tiny.Target, less, StepCase.Decode(0), Explanation.None));
    }

    [Fact]
    public void A_program_for_another_machine_is_refused()
    {
        CompilationException e = Assert.Throws<CompilationException>(
            () => new CycleModel(TimedModel.Tiny.Program, TimedModel.Wide.Target, TimedModel.Tiny.Work));
        Assert.Contains("'tiny'", e.Message, StringComparison.Ordinal);
        Assert.Throws<CompilationException>(() => new CycleModel(TimedModel.Tiny.Program, TimedModel.Tiny.Target, TimedModel.Wide.Work));
    }

    [Fact]
    public void Energy_is_the_sum_of_its_parts_and_each_follows_its_constant()
    {
        TimedModel tiny = TimedModel.Tiny;
        StepTiming timing = tiny.Run(tiny.Target, StepCase.Decode(50));
        EnergyConstants constants = tiny.Target.Energy;
        Assert.Equal(timing.Traffic.Hbm * constants.HbmJoulesPerByte, timing.Energy.Hbm, 1e-15);
        Assert.Equal(timing.Seconds * constants.StaticWatts, timing.Energy.Static, 1e-15);
        Target dearer = tiny.Target with { Energy = constants with { ScratchJoulesPerByte = 3 * constants.ScratchJoulesPerByte } };
        StepEnergy energy = tiny.Run(dearer, StepCase.Decode(50)).Energy;
        Assert.Equal(3 * timing.Energy.Scratch, energy.Scratch, 1e-15);
        Assert.Equal(energy.Hbm + energy.Ddr + energy.Matrix + energy.Scratch + energy.Static, energy.Total);
    }

    private static Target WithBuffer(Target t, int bytes) =>
        t with { Timing = t.Timing with { Pipeline = t.Timing.Pipeline with { InstructionBufferBytes = bytes } } };
}
