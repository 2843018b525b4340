using Flightc.IR;
using Flightc.Isa;
using Flightc.Runtime.Devices;
using Flightc.Runtime.Emulation;
using Flightc.Targets;
using Flightc.Timing;

namespace Flightc.Tests;

/// <summary>The cycle model and the emulator execute the same program: the same instructions in the same order, the same bytes.</summary>
public sealed class TimingTraceTests
{
    [Theory]
    [InlineData("stories")]
    [InlineData("stories-kv4")]
    [InlineData("tinystories-656k-w8")]
    public void The_cycle_model_executes_and_moves_what_the_emulator_does(string name)
    {
        SharedModel shared = SharedModel.Of(name);
        Compare(
            shared.Model, shared.Ids,
            [
                StepCase.Prefill(0, 1, true), StepCase.Prefill(1, 40, false), StepCase.Decode(41), StepCase.Prefill(42, 23, true), StepCase.Decode(65),
                new("prefill", 66, 9, 2), StepCase.Decode(75),
            ]);
    }

    [Fact]
    public void So_it_is_where_masks_hide_rows_of_the_cache()
    {
        RandomNumbers random = new(8);
        AttentionMasks masks = new([.. Enumerable.Range(0, 4).Select(_ => new LayerMask(8, 6, (_, _, _) => random.Below(4) == 0))]);
        using CompiledModel model = new(TestData.Stories, SharedModel.U280, _ => new QuantizedFormat(8, 64), masks: masks);
        int[] ids = [.. Enumerable.Range(0, 512).Select(i => 3 + (i * 7919 % 1021))];
        Compare(
            model, ids,
            [
                StepCase.Prefill(0, 128, false), StepCase.Prefill(128, 100, false), StepCase.Prefill(228, 1, true), StepCase.Prefill(229, 91, false),
                StepCase.Prefill(320, 128, false), StepCase.Prefill(448, 60, true), StepCase.Decode(508),
            ]);
    }

    private static void Compare(CompiledModel compiled, int[] ids, StepCase[] steps)
    {
        MachineProgram program = compiled.Program;
        Target target = new TargetCatalog(Path.Combine(TestData.Repository, "configs", "targets")).Find("u280");
        CycleModel model = new(program, target, compiled.Addresses.Work);
        using DeviceMemory memory = compiled.NewMemory();
        using Emulator emulator = new(program, memory, 1);
        foreach (StepCase step in steps)
        {
            List<TraceEvent> emulated = [];
            emulator.Trace = emulated.Add;
            for (int i = 0; i < step.Tokens; i++)
            {
                memory.Ids[i] = (uint)ids[(int)step.Past + i];
            }

            emulator.Run(
                program.Entries.Single(e => e.Name == step.Entry), new StepArguments((int)step.Past, (int)step.Tokens, (int)step.From));
            Recorder recorder = new();
            StepTiming timing = model.Run(step, Explanation.None, recorder);

            Assert.Equal(ByUnit(emulated), ByUnit(recorder.Events));
            TrafficReport moved = emulator.Traffic;
            Assert.Equal(moved.Channels.Sum(c => c.Weights), timing.Traffic.Weights + timing.Traffic.Scales + timing.Traffic.Indices);
            Assert.Equal(moved.Channels.Sum(c => c.Cache), timing.Traffic.CacheRead);
            Assert.Equal(moved.Channels.Sum(c => c.StoredCache + c.StoredScales), timing.Traffic.CacheWritten);
            Assert.Equal(moved.Tables + moved.Indexed, timing.Traffic.Tables);
            Assert.Equal(moved.Ids + moved.StoredRows, timing.Traffic.IdsAndLogits);
        }
    }

    private static IEnumerable<string> ByUnit(IEnumerable<TraceEvent> events) =>
        events.GroupBy(e => (e.Core, e.Unit)).OrderBy(g => g.Key)
            .Select(g => $"core {g.Key.Core} {g.Key.Unit}: {string.Join(' ', g.Select(e => $"{e.Index}:{e.Mnemonic}"))}");

    private sealed class Recorder : ITimingObserver
    {
        public List<TraceEvent> Events { get; } = [];

        public void Executed(
            int core, Unit unit, int index, Instruction resolved, double start, double end, ReadOnlySpan<Stall> stalls) =>
            Events.Add(new TraceEvent(core, unit, index, resolved.Mnemonic));

        public void Claimed(int core, bool isWeights, double cycle, double bytes)
        {
        }
    }
}
