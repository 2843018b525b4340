using Flightc.Runtime.Devices;
using Flightc.Runtime.Interpretation;

namespace Flightc.Tests;

/// <summary>A decode step touches memory for weights, past keys and values and tables only; counted by the instruction interpreter.</summary>
public sealed class AlwaysOnChipTests
{
    [Theory]
    [InlineData("stories")]
    [InlineData("stories-w8")]
    [InlineData("stories-kv4")]
    [InlineData("tinystories-656k")]
    [InlineData("tinystories-656k-w8")]
    public void Decode_moves_nothing_but_weights_cache_tables_and_logits(string name)
    {
        SharedModel shared = SharedModel.Of(name);
        using DeviceMemory memory = shared.Model.NewMemory();
        using InstructionInterpreter interpreter = new(shared.Model.Program, memory, IssueOrder.RoundRobin());
        Stepper stepper = new(shared.Model.Program, interpreter);
        (int layers, int kvHeads, int headDim) = shared.Model.Schedule.Cache;
        int streams = layers * kvHeads;
        while (stepper.Position < 250)
        {
            // The first tokens of a sequence, where weights are nearly all that is loaded, and some that have a past in every channel.
            if (stepper.Position == 41)
            {
                stepper.Prefill(shared.Ids.AsSpan(41, 59), 128);
            }

            int id = shared.Ids[stepper.Position];
            long past = stepper.Position;
            stepper.Decode(id);
            TrafficReport traffic = interpreter.Traffic;

            // ST: one key and one value with their scales for each layer and KV head, and the logits of one token.
            int codes = name.EndsWith("-kv4", StringComparison.Ordinal) ? headDim / 2 : headDim;
            Assert.Equal(streams * 2L * codes, traffic.Channels.Sum(c => c.StoredCache));
            Assert.Equal(streams * 2L * 2, traffic.Channels.Sum(c => c.StoredScales));
            Assert.Equal(4L * shared.Model.Program.Memory.VocabularySize, traffic.StoredRows);

            // LD: every weight stream once, the past of a core's heads in whole rows of slots, and from DDR the token's rows and the norms'
            // weights.
            for (int core = 0; core < shared.Model.Program.Geometry.Cores.Count; core++)
            {
                int spread = shared.Model.Schedule.SpreadOf(core);
                long rows = layers * shared.Model.Schedule.HeadsOf(core).Count * ((past + spread - 1) / spread);
                Isa.ChannelRange range = shared.Model.Program.Geometry.Cores[core];
                for (int c = range.First; c < range.First + range.Count; c++)
                {
                    Assert.Equal(shared.Model.Sections[Container.SectionNames.Bank(c)].Length, traffic.Channels[c].Weights);
                    Assert.Equal(rows * ((2L * codes) + 4), traffic.Channels[c].Cache);
                }
            }

            long[] loaded = [.. traffic.Channels.Select(c => c.Weights)];
            Assert.True(loaded.Max() <= 1.02 * loaded.Min(), $"channels load {loaded.Min()} to {loaded.Max()} bytes of weights at position {past}");
        }
    }
}
