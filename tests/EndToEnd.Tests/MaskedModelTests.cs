using Flightc.IR;
using Flightc.Isa;
using Flightc.Passes.Tiling;
using Flightc.Reference;
using Flightc.Runtime;
using Flightc.Runtime.Devices;
using Flightc.Runtime.Emulation;
using Flightc.Runtime.Interpretation;
using Flightc.Schedules;

namespace Flightc.Tests;

/// <summary>Attention masks: the three executors agree bit for bit, and skip what is masked.</summary>
public sealed class MaskedModelTests
{
    [Theory]
    [InlineData("2", 4, 4, 8, 200, AttentionDivision.Heads, 1)]
    [InlineData("3,2", 6, 2, 10, 331, AttentionDivision.Heads, 2)]
    [InlineData("3,2", 6, 2, 10, 257, AttentionDivision.Keys, 2)]
    [InlineData("1,4,2", 4, 1, 6, 190, AttentionDivision.Keys, 1)]
    [InlineData("2,1,1", 6, 3, 14, 130, AttentionDivision.Heads, 2)] // a core with two heads, channels of their own
    [InlineData("11,11,10", 8, 4, 32, 450, AttentionDivision.Heads, null)]
    [InlineData("32", 3, 3, 4, 129, AttentionDivision.Heads, null)] // a row of slots is half a block
    [InlineData("80,20", 2, 2, 4, 300, AttentionDivision.Keys, 2)] // a row of slots is more than a block
    public void All_executors_have_the_same_bits_under_random_masks(
        string cores, int heads, int kvHeads, int headDim, int length, AttentionDivision attention, int? loops)
    {
        foreach ((int blocks, int cacheBits) in new[] { (2, 8), (3, 4), (8, 8) })
        {
            using MaskedModel masked = new(
                cores, heads, kvHeads, headDim, length + 9, Random(2, heads, blocks, (ulong)(length + blocks)), new() { Attention = attention, PrefillLoops = loops }, cacheBits);
            CompiledModel model = masked.Model;
            Assert.Empty(ScheduleVerifier.Verify(model.Schedule));
            int[] ids = Ids(length + 9);
            ActivationLog expected = new();
            QuantizedInterpreter reference = new(model.Quantized, model.Weights, model.Matrices);
            reference.Run(ids.AsSpan(0, length), expected);
            reference.Run(ids.AsSpan(length), expected, isPrompt: false);
            foreach (string device in new[] { "emulator-1", "emulator-2", "emulator-portable", "emulator-avx2", "interpreter" })
            {
                // The interpreter is slow; one length of masks is enough for it.
                if (device == "interpreter" && blocks == 8)
                {
                    continue;
                }

                using DeviceMemory memory = model.NewMemory();
                using IDevice executor = ExecutorTests.New(device, model, memory);
                ActivationLog actual = new();
                Session session = new(model.Program, executor) { Observer = actual };
                session.PrefillAll(ids.AsSpan(0, length), (_, _) => { }, device == "emulator-2" ? 1 : device == "emulator-1" ? 37 : null);
                foreach (int id in ids.AsSpan(length))
                {
                    session.Decode(id);
                }

                Assert.Null(expected.FirstDifference(actual));
            }
        }
    }

    [Fact]
    public void Masks_of_one_block_hide_nothing()
    {
        LayerMask all = new(4, 1, (_, _, _) => false);
        using MaskedModel masked = new("3,2", 4, 2, 8, 150, new AttentionMasks([all, all]), new());
        int[] ids = Ids(150);
        ActivationLog expected = new();
        new QuantizedInterpreter(masked.Model.Quantized, masked.Model.Weights, masked.Model.Matrices).Run(ids, expected, isPrompt: false);
        using DeviceMemory memory = masked.Model.NewMemory();
        using Emulator emulator = new(masked.Model.Program, memory, 2);
        ActivationLog actual = new();
        new Stepper(masked.Model.Program, emulator).Prefill(ids, 128, actual);
        Assert.Null(expected.FirstDifference(actual));
        Assert.Equal(0, emulator.Traffic.HiddenAttentionPairs);
        Assert.All(emulator.Traffic.Channels, channel => Assert.Equal(0, channel.SkippedCache));
    }

    [Theory]
    [InlineData("3,2", AttentionDivision.Heads)]
    [InlineData("3,2", AttentionDivision.Keys)]
    [InlineData("4", AttentionDivision.Heads)]
    public void Both_devices_skip_the_same_rows_and_products_and_as_many_as_the_masks_say(string cores, AttentionDivision attention)
    {
        const int Length = 300;
        AttentionMasks masks = Random(2, 6, 5, 3);
        using MaskedModel masked = new(cores, 6, 2, 10, Length, masks, new() { Attention = attention });
        using DeviceMemory first = masked.Model.NewMemory();
        using DeviceMemory second = masked.Model.NewMemory();
        using Emulator emulator = new(masked.Model.Program, first, 2);
        using InstructionInterpreter interpreter = new(masked.Model.Program, second, IssueOrder.Random(3));
        int[] ids = Ids(Length);
        (long pairs, long hidden, long skipped) = (0, 0, 0);
        for (int past = 0; past < Length; past += 100)
        {
            foreach (IDevice device in new IDevice[] { emulator, interpreter })
            {
                for (int i = 0; i < 100; i++)
                {
                    device.Memory.Ids[i] = (uint)ids[past + i];
                }

                device.Run(masked.Model.Program.Prefill, new StepArguments(past, 100, 100));
            }

            Assert.Equal(emulator.Traffic.AttentionPairs, interpreter.Traffic.AttentionPairs);
            Assert.Equal(emulator.Traffic.HiddenAttentionPairs, interpreter.Traffic.HiddenAttentionPairs);
            Assert.Equal(
                emulator.Traffic.Channels.Select(c => (c.Cache, c.SkippedCache)), interpreter.Traffic.Channels.Select(c => (c.Cache, c.SkippedCache)));
            pairs += emulator.Traffic.AttentionPairs;
            hidden += emulator.Traffic.HiddenAttentionPairs;
            skipped += emulator.Traffic.Channels.Sum(c => c.SkippedCache);
        }

        long visible = 0;
        foreach (LayerMask mask in masks.Layers)
        {
            for (int head = 0; head < 6; head++)
            {
                for (int query = 0; query < Length; query++)
                {
                    visible += Enumerable.Range(0, query + 1).Count(key => mask.Keeps(head, query / 64, key / 64));
                }
            }
        }

        Assert.Equal(visible, pairs);
        Assert.Equal((2 * 6 * Length * (Length + 1L) / 2) - visible, hidden);
        Assert.True(skipped > 0, "no row of the cache was skipped");
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    public void Sinks_and_windows_reach_to_any_length(int sink, int window)
    {
        const int Length = 700;
        using MaskedModel masked = new("3,2", 2, 1, 4, Length, AttentionMasks.Window(2, 2, sink, window), new());
        int[] ids = Ids(Length);
        ActivationLog expected = new();
        new QuantizedInterpreter(masked.Model.Quantized, masked.Model.Weights, masked.Model.Matrices).Run(ids, expected);
        using DeviceMemory memory = masked.Model.NewMemory();
        using Emulator emulator = new(masked.Model.Program, memory, 2);
        ActivationLog actual = new();
        new Stepper(masked.Model.Program, emulator).Prefill(ids, 128, actual);
        Assert.Null(expected.FirstDifference(actual));

        // The last step: rows of all but the sinks and the window are not loaded.
        long loaded = emulator.Traffic.Channels.Sum(c => c.Cache);
        long skipped = emulator.Traffic.Channels.Sum(c => c.SkippedCache);
        Assert.True(skipped > loaded, $"{skipped} bytes skipped, {loaded} loaded");
    }

    private static int[] Ids(int count) => [.. Enumerable.Range(0, count).Select(i => ((i * 37) + 5) % 60)];

    private static AttentionMasks Random(int layers, int heads, int blocks, ulong seed)
    {
        RandomNumbers random = new(seed);
        return new AttentionMasks([.. Enumerable.Range(0, layers).Select(_ => new LayerMask(heads, blocks, (_, _, _) => random.Below(3) == 0))]);
    }

    private sealed class MaskedModel : IDisposable
    {
        private readonly string _folder;

        public MaskedModel(string cores, int heads, int kvHeads, int headDim, int length, AttentionMasks masks, MappingOptions options, int cacheBits = 8)
        {
            _folder = new RandomCheckpoint(48, 40, 2, heads, kvHeads, headDim, 60, length).Write(11);
            int[] counts = [.. cores.Split(',').Select(c => int.Parse(c, System.Globalization.CultureInfo.InvariantCulture))];
            ChannelRange[] ranges = [.. counts.Select((count, i) => new ChannelRange(counts[..i].Sum(), count))];
            Geometry machine = new("machine", ranges, 1 << 24, 1 << 28, 1 << 22, 8192, 2048, 256);
            Model = new CompiledModel(_folder, machine, _ => new QuantizedFormat(4, 32), options: options, masks: masks, cacheBits: cacheBits);
        }

        public CompiledModel Model { get; }

        public void Dispose()
        {
            Model.Dispose();
            Directory.Delete(_folder, recursive: true);
        }
    }
}
