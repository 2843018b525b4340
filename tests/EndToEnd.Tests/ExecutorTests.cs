using Flightc.Isa;
using Flightc.Runtime.Devices;
using Flightc.Runtime.Emulation;
using Flightc.Runtime.Interpretation;

namespace Flightc.Tests;

/// <summary>Compiler error is zero: the three executors agree bit for bit on every named activation, every key, value and logit.</summary>
public sealed class ExecutorTests
{
    private static readonly int[] PromptLengths = [1, 2, 3, 15, 16, 17, 63, 64, 65, 127, 128, 129, 300, 511];

    /// <summary>Every executor beside the Graph interpreter, each on one and on two threads where it has threads.</summary>
    public static TheoryData<string, string> ModelsAndDevices { get; } = new()
    {
        { "stories", "emulator-1" }, { "stories", "emulator-2" }, { "stories", "interpreter" },
        { "stories-kv4", "emulator-2" },
        { "tinystories-656k", "emulator-1" }, { "tinystories-656k", "emulator-2" }, { "tinystories-656k", "interpreter" },
    };

    [Theory]
    [MemberData(nameof(ModelsAndDevices))]
    public void Prompts_and_decode_steps_up_to_the_context_limit_have_the_bits_of_the_graph_interpreter(string name, string device)
    {
        SharedModel shared = SharedModel.Of(name);
        byte[]? expectedCache = null;
        foreach (int length in PromptLengths)
        {
            using DeviceMemory memory = shared.Model.NewMemory();
            using IDevice executor = New(device, shared.Model, memory);
            Stepper stepper = new(shared.Model.Program, executor);
            ActivationLog log = new();
            stepper.Prefill(shared.Ids.AsSpan(0, length), 128, log);
            Assert.Null(shared.Activations.FirstDifference(log, length));
            AssertLogits(shared, length - 1, memory.Logits(stepper.LastRow));

            // The shortest prompt has every activation of every decode step compared. A step depends on nothing but its id and the
            // cache, so for the others it is enough to compare the first steps, the last, all logits, and the cache at the end.
            for (int position = length; position < shared.Ids.Length; position++)
            {
                bool isNamed = length == 1 || position < length + 2 || position == shared.Ids.Length - 1;
                ActivationLog step = new();
                stepper.Decode(shared.Ids[position], isNamed ? step : null);
                AssertLogits(shared, position, memory.Logits(0));
                if (isNamed)
                {
                    Assert.Null(shared.Activations.FirstDifferenceAt(step, position));
                }
            }

            Assert.Equal(shared.Model.Program.Memory.ContextLength, stepper.Position);
            byte[] cache = Cache(shared.Model.Program, memory);
            expectedCache ??= cache;
            Assert.True(expectedCache.AsSpan().SequenceEqual(cache), $"the cache differs after a prompt of {length} tokens");
        }
    }

    [Theory]
    [InlineData("stories", "emulator-2")]
    [InlineData("stories", "interpreter")]
    [InlineData("stories-kv4", "emulator-2")]
    [InlineData("stories-kv4", "interpreter")]
    [InlineData("tinystories-656k", "emulator-2")]
    public void However_a_prompt_is_cut_the_logits_and_the_cache_have_the_same_bits(string name, string device)
    {
        const int Length = 300;
        SharedModel shared = SharedModel.Of(name);
        byte[]? expected = null;
        foreach (int chunk in new[] { 0, 1, 7, 16, 64, 128 })
        {
            using DeviceMemory memory = shared.Model.NewMemory();
            using IDevice executor = New(device, shared.Model, memory);
            Stepper stepper = new(shared.Model.Program, executor);
            stepper.Prefill(shared.Ids.AsSpan(0, Length), chunk, null, (position, logits) => AssertLogits(shared, position, logits));
            byte[] cache = Cache(shared.Model.Program, memory);
            expected ??= cache;
            Assert.Equal(expected, cache);
        }
    }

    [Theory]
    [InlineData("stories")]
    [InlineData("stories-w8")]
    [InlineData("stories-kv4")]
    public void Every_vector_path_gives_the_same_logits_and_the_same_cache(string name)
    {
        const int Length = 150;
        SharedModel shared = SharedModel.Of(name);
        byte[]? expected = null;
        foreach (VectorPath path in Enum.GetValues<VectorPath>().Where(VectorPaths.IsSupported))
        {
            using DeviceMemory memory = shared.Model.NewMemory();
            using Emulator emulator = new(shared.Model.Program, memory, 2, path);
            Stepper stepper = new(shared.Model.Program, emulator);
            stepper.Prefill(shared.Ids.AsSpan(0, Length), 128, null, (position, logits) => AssertLogits(shared, position, logits));
            stepper.Prefill(shared.Ids.AsSpan(Length, 10), 0, null, (position, logits) => AssertLogits(shared, position, logits));
            byte[] cache = Cache(shared.Model.Program, memory);
            expected ??= cache;
            Assert.Equal(expected, cache);
        }
    }

    internal static IDevice New(string device, CompiledModel model, DeviceMemory memory) => device switch
    {
        "emulator-1" => new Emulator(model.Program, memory, 1),
        "emulator-2" => new Emulator(model.Program, memory, 2),
        "emulator-portable" => new Emulator(model.Program, memory, 1, VectorPath.Portable),
        "emulator-avx2" => new Emulator(model.Program, memory, 2, VectorPaths.IsSupported(VectorPath.Avx2) ? VectorPath.Avx2 : VectorPath.Portable),
        _ => new InstructionInterpreter(model.Program, memory, IssueOrder.RoundRobin()),
    };

    internal static unsafe byte[] Cache(MachineProgram program, DeviceMemory memory)
    {
        byte[] bytes = new byte[program.Memory.CacheBytes * program.Geometry.Channels];
        for (int c = 0; c < program.Geometry.Channels; c++)
        {
            new ReadOnlySpan<byte>(memory.Read(c, program.Memory.CacheAddress, program.Memory.CacheBytes), (int)program.Memory.CacheBytes)
                .CopyTo(bytes.AsSpan(c * (int)program.Memory.CacheBytes));
        }

        return bytes;
    }

    private static void AssertLogits(SharedModel shared, int position, ReadOnlySpan<float> logits) =>
        Assert.True(
            System.Runtime.InteropServices.MemoryMarshal.AsBytes(logits).SequenceEqual(
                System.Runtime.InteropServices.MemoryMarshal.AsBytes(shared.Logits[position].AsSpan())),
            $"the logits of token {position} differ");
}
