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
        MachineProgram program = shared.Model.Program;
        Target target = new TargetCatalog(Path.Combine(TestData.Repository, "configs", "targets")).Find("u280");
        CycleModel model = new(program, target, shared.Model.Addresses.Work);
        using DeviceMemory memory = shared.Model.NewMemory();
        using Emulator emulator = new(program, memory, 1);
        StepCase[] steps =
        [
            StepCase.Prefill(0, 1, true), StepCase.Prefill(1, 40, false), StepCase.Decode(41), StepCase.Prefill(42, 23, true), StepCase.Decode(65),
            new("prefill", 66, 9, 2), StepCase.Decode(75),
        ];
        foreach (StepCase step in steps)
        {
            List<TraceEvent> emulated = [];
            emulator.Trace = emulated.Add;
            for (int i = 0; i < step.Tokens; i++)
            {
                memory.Ids[i] = (uint)shared.Ids[(int)step.Past + i];
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
