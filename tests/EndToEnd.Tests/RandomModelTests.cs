using System.Buffers.Binary;
using System.Globalization;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Passes.Tiling;
using Flightc.Reference;
using Flightc.Runtime.Devices;
using Flightc.Schedules;

namespace Flightc.Tests;

/// <summary>Models whose sizes divide by nothing convenient, and long contexts, on seeded random weights.</summary>
public sealed class RandomModelTests
{
    [Theory]
    [InlineData(72, 150, 2, 6, 2, 20, 333, 3, 5)]
    [InlineData(256, 700, 2, 12, 4, 32, 1000, 8, 2)]
    [InlineData(40, 48, 1, 3, 3, 8, 50, 4, 8)]
    [InlineData(100, 33, 1, 7, 1, 18, 131, 7, 6)]
    [InlineData(768, 1024, 1, 12, 12, 64, 500, 4, 4)]
    public void Sizes_that_divide_by_neither_sixteen_nor_the_cores_run_bit_exactly(
        int hidden, int intermediate, int layers, int heads, int kvHeads, int headDim, int vocabulary, int bodyBits, int valueBits)
    {
        using RandomModel random = new(
            new RandomCheckpoint(hidden, intermediate, layers, heads, kvHeads, headDim, vocabulary, 256),
            // Values of attention differ in format from queries and keys, which share their product.
            w => w.Name.EndsWith("attn.v.weight", StringComparison.Ordinal) ? new QuantizedFormat(valueBits, 128) : new QuantizedFormat(bodyBits, 64));
        AssertRuns(random.Model, 80, [7, 1, 31, 32, 1]);
    }

    [Theory]
    [InlineData("2", 17, 15, 1, 1, 1, 2, 1, 40)] // less than a segment of the norm, a single logit
    [InlineData("3,2", 1, 1, 1, 1, 1, 2, 2, 40)] // nothing to divide
    [InlineData("1", 65, 17, 2, 3, 1, 6, 17, 33)]
    [InlineData("1,1,1,1,1", 66, 40, 1, 7, 7, 10, 50, 64)] // 7 of heads and 5 of cores
    [InlineData("1,4,2", 130, 100, 1, 40, 8, 4, 90, 64)] // more heads than channels
    [InlineData("16x1", 200, 300, 1, 5, 1, 34, 100, 64)] // more cores than heads
    [InlineData("3,2", 64, 31, 2, 2, 2, 256, 100, 31)] // heads of the largest size
    public void Machines_and_models_of_every_shape_run_bit_exactly(
        string cores, int hidden, int intermediate, int layers, int heads, int kvHeads, int headDim, int vocabulary, int length)
    {
        for (int choice = 0; choice < 3; choice++)
        {
            using RandomModel random = new(
                new RandomCheckpoint(hidden, intermediate, layers, heads, kvHeads, headDim, vocabulary, length), Mixed, Machine(cores),
                choice == 0 ? null : Choices((ulong)((heads * 100) + (length * 10) + choice)));
            AssertRuns(random.Model, length, [3, 1, Math.Min(16, length - 8)]);
        }
    }

    public static TheoryData<AttentionDivision, GatherForm, int> DecodeChoices() => new(
        from attention in Enum.GetValues<AttentionDivision>()
        from gather in Enum.GetValues<GatherForm>()
        from loops in new[] { 1, 2 }
        select (attention, gather, loops));

    [Theory]
    [MemberData(nameof(DecodeChoices))]
    public void Every_choice_of_a_mapping_gives_the_same_bits(AttentionDivision attention, GatherForm gather, int loops)
    {
        // Grouped queries, and a core without KV heads of its own; decode and prefill choose differently.
        foreach ((int kvHeads, string cores) in new[] { (3, "3,2"), (2, "2,1,1") })
        {
            MappingOptions options = new()
            {
                Attention = attention, DecodeGather = gather, DecodeLoops = loops,
                PrefillGather = gather == GatherForm.Codes ? GatherForm.Values : GatherForm.Codes, PrefillLoops = 3 - loops,
                GateRows = 16, HeadRows = 32, PrefillTokens = 9, AheadPercent = loops == 1 ? 0 : 70,
            };
            using RandomModel random = new(
                new RandomCheckpoint(130, 100, 2, 6, kvHeads, 14, 90, 48), Mixed, Machine(cores), options);
            Mapping mapping = random.Model.Schedule.Mapping;
            Assert.Equal((attention, new PhaseMapping(gather, loops), 9), (mapping.Attention, mapping.Decode, random.Model.Schedule.MaxTokens));
            Assert.Empty(ScheduleVerifier.Verify(random.Model.Schedule));
            Assert.Empty(ProgramVerifier.Verify(random.Model.Program, random.Model.Addresses.PoppedWeightBytes).Items);
            AssertRuns(random.Model, 48, [9, 1, 5]);
        }
    }

    [Theory]
    [InlineData("11,11,10", 72, 150, 2, 6, 2, 20, 333, 80)] // 72 and 150 columns: a last run of 8, and of 6
    [InlineData("3,2", 256, 700, 1, 12, 4, 32, 300, 60)]
    [InlineData("2", 17, 15, 1, 1, 1, 2, 40, 40)] // a run and one column; less than a run
    public void Pruned_models_of_mixed_formats_run_bit_exactly(
        string cores, int hidden, int intermediate, int layers, int heads, int kvHeads, int headDim, int vocabulary, int length)
    {
        using RandomModel random = new(
            new RandomCheckpoint(hidden, intermediate, layers, heads, kvHeads, headDim, vocabulary, length), Pruned, Machine(cores));
        AssertRuns(random.Model, length, [3, 1, Math.Min(16, length - 8)]);
    }

    [Theory]
    [InlineData("11,11,10", 72, 150, 2, 6, 2, 16, 333, 80)] // 72 and 150 columns: a short block, and short tiles
    [InlineData("3,2", 256, 700, 1, 12, 4, 32, 300, 60)]
    [InlineData("2", 17, 15, 1, 1, 1, 2, 40, 40)] // a tile of two blocks, one of one
    [InlineData("3", 40, 50, 1, 3, 3, 20, 60, 40)] // heads that are no whole blocks of rows, on one core
    public void Models_of_patterns_run_bit_exactly(
        string cores, int hidden, int intermediate, int layers, int heads, int kvHeads, int headDim, int vocabulary, int length)
    {
        for (int choice = 0; choice < 2; choice++)
        {
            using RandomModel random = new(
                new RandomCheckpoint(hidden, intermediate, layers, heads, kvHeads, headDim, vocabulary, length), choice == 0 ? Patterned : WholeBlocks,
                Machine(cores));
            Assert.Empty(ScheduleVerifier.Verify(random.Model.Schedule));
            AssertRuns(random.Model, length, [3, 1, Math.Min(16, length - 8)]);
        }
    }

    [Theory]
    [InlineData("2g32", 40)]
    [InlineData("3g64", 17)]
    [InlineData("5g128", 130)]
    [InlineData("7g32 2:4", 40)]
    [InlineData("4g128 4:16", 150)]
    [InlineData("3g64 16.8.4.0:16", 90)]
    [InlineData("8g64", 33)]
    public void A_matrix_that_is_embedding_and_head_runs_bit_exactly_in_any_format(string format, int hidden)
    {
        using RandomModel random = new(
            new RandomCheckpoint(hidden, 50, 1, 4, 2, 12, 60, 48, IsTied: true),
            w => w.Name == "embed.weight" ? QuantizedFormat.Parse(format)!.Value : Mixed(w), Machine("3,2"));
        Assert.DoesNotContain(random.Model.Quantized.Weights, w => w.Name == "head.weight");
        AssertRuns(random.Model, 30, [5, 1, 16]);
    }

    [Theory]
    [InlineData("11,11,10", 6, 2, 20, AttentionDivision.Keys, 1)]
    [InlineData("3,2", 6, 3, 14, AttentionDivision.Heads, 2)] // seven bytes of codes: keys have one of padding
    [InlineData("3,2", 6, 3, 14, AttentionDivision.Keys, 2)]
    [InlineData("2,1,1", 4, 4, 18, AttentionDivision.Heads, 1)]
    [InlineData("2", 2, 2, 2, AttentionDivision.Keys, 1)] // a byte of codes
    [InlineData("3,2", 2, 1, 256, AttentionDivision.Keys, 2)]
    [InlineData("16x1", 8, 8, 64, AttentionDivision.Heads, 2)] // cores without heads
    public void A_cache_of_four_bits_runs_bit_exactly(string cores, int heads, int kvHeads, int headDim, AttentionDivision attention, int loops)
    {
        using RandomModel random = new(
            new RandomCheckpoint(72, 50, 2, heads, kvHeads, headDim, 90, 80), Mixed, Machine(cores),
            new() { Attention = attention, DecodeLoops = loops, PrefillLoops = 3 - loops, PrefillTokens = 17 }, cacheBits: 4);
        Assert.Equal(4, random.Model.Schedule.Cache.Bits);
        AssertRuns(random.Model, 60, [7, 1, 17, 5]);
    }

    [Fact]
    public void Heads_without_a_value_or_a_key_run_bit_exactly_in_four_bits()
    {
        foreach (string zero in new[] { "v_proj", "k_proj" })
        {
            foreach (float factor in new[] { 0f, 1e-12f, 1e20f })
            {
                RandomCheckpoint checkpoint = new(40, 50, 2, 4, 2, 12, 60, 64) { ScaleOf = name => name.Contains(zero, StringComparison.Ordinal) ? factor : 1 };
                using RandomModel random = new(checkpoint, Mixed, Machine("3,2"), cacheBits: 4);
                AssertRuns(random.Model, 30, [5, 16]);
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("v_proj")]
    [InlineData("k_proj")]
    [InlineData("norm")]
    [InlineData("lm_head")]
    public void Weights_of_zero_run_bit_exactly(string zero)
    {
        RandomCheckpoint checkpoint = new(40, 50, 2, 4, 2, 12, 60, 64) { ScaleOf = name => name.Contains(zero, StringComparison.Ordinal) ? 0 : 1 };
        using RandomModel random = new(checkpoint, Mixed, Machine("3,2"));
        AssertRuns(random.Model, 40, [5, 16]);
    }

    [Theory]
    [InlineData("q_proj", 1e-44f)]
    [InlineData("gate", 1e-40f)]
    [InlineData("up_proj", 1e30f)]
    [InlineData("v_proj", 1e20f)] // saturates binary16
    [InlineData("k_proj", 1e-12f)] // vanishes in binary16
    public void Weights_of_every_magnitude_run_bit_exactly(string of, float factor)
    {
        RandomCheckpoint checkpoint = new(40, 50, 2, 4, 2, 12, 60, 64) { ScaleOf = name => name.Contains(of, StringComparison.Ordinal) ? factor : 1 };
        using RandomModel random = new(checkpoint, Mixed, Machine("3,2"));
        AssertRuns(random.Model, 40, [5, 16]);
    }

    [Theory]
    [InlineData("q_proj")]
    [InlineData("k_proj")]
    [InlineData("gate_proj")]
    [InlineData("up_proj")]
    [InlineData("down_proj")]
    [InlineData("norm")]
    public void What_overflows_somewhere_never_ends_in_a_finite_logit(string of)
    {
        // Norms scale what comes to the next product to about 1, so that only sums over the columns overflow.
        RandomCheckpoint checkpoint = new(256, 256, 2, 8, 4, 32, 60, 64)
        {
            ScaleOf = name => !name.Contains(of, StringComparison.Ordinal) ? 1 : of == "norm" ? 3e37f : 3e38f,
        };
        using RandomModel random = new(checkpoint, _ => new QuantizedFormat(8, 64), Machine("3,2"));
        CompiledModel model = random.Model;
        int[] ids = [.. Enumerable.Range(0, 20)];
        CompilationException expected = Assert.Throws<CompilationException>(
            () => new QuantizedInterpreter(model.Quantized, model.Weights, model.Matrices).Run(ids));
        Assert.Equal(Codes.ResultNotFinite, expected.Diagnostics[0].Code);
        foreach (string device in new[] { "emulator-2", "interpreter" })
        {
            using DeviceMemory memory = model.NewMemory();
            using IDevice executor = ExecutorTests.New(device, model, memory);
            CompilationException? ended = null;
            bool isFinite = true;
            try
            {
                new Stepper(model.Program, executor).Prefill(ids, 16, null, (_, logits) => isFinite &= !logits.ToArray().Any(x => !float.IsFinite(x)));
            }
            catch (CompilationException e)
            {
                ended = e;
            }

            Assert.True(ended is null ? !isFinite : ended.Diagnostics[0].Code == Codes.ResultNotFinite, $"{device}: {ended?.Message ?? "finite logits"}");
        }
    }

    [Theory]
    [InlineData(AttentionDivision.Heads, 8)]
    [InlineData(AttentionDivision.Keys, 8)]
    [InlineData(AttentionDivision.Heads, 4)]
    [InlineData(AttentionDivision.Keys, 4)]
    public void A_grouped_query_model_runs_bit_exactly_up_to_8192_tokens(AttentionDivision attention, int cacheBits)
    {
        using RandomModel random = new(
            new RandomCheckpoint(64, 96, 2, 4, 2, 18, 256, 8192), _ => new QuantizedFormat(4, 32), options: new() { Attention = attention },
            cacheBits: cacheBits);
        foreach (int past in new[] { 2047, 8000, 8191 })
        {
            AssertStepAt(random.Model, past, past == 8000 ? 128 : 1);
        }
    }

    [Theory]
    [InlineData(AttentionDivision.Heads, 1)]
    [InlineData(AttentionDivision.Heads, 2)]
    [InlineData(AttentionDivision.Keys, 1)]
    public void A_step_at_position_131071_runs_bit_exactly(AttentionDivision attention, int loops)
    {
        using RandomModel random = new(
            new RandomCheckpoint(64, 96, 1, 4, 1, 16, 256, 131072), _ => new QuantizedFormat(4, 32),
            options: new() { Attention = attention, DecodeLoops = loops });
        AssertStepAt(random.Model, 131071, 1);
    }

    // Every choice at random, or left to the rules.
    internal static MappingOptions Choices(ulong seed)
    {
        RandomNumbers random = new(seed);
        T? One<T>(params T[] values)
            where T : struct => random.Below(values.Length + 1) is var index && index < values.Length ? values[index] : null;
        return new MappingOptions
        {
            Attention = One(AttentionDivision.Heads, AttentionDivision.Keys),
            DecodeGather = One(GatherForm.Values, GatherForm.Codes),
            DecodeLoops = One(1, 2),
            PrefillGather = One(GatherForm.Values, GatherForm.Codes),
            PrefillLoops = One(1, 2),
            GateRows = One(16, 48, 512),
            HeadRows = One(16, 80),
            PrefillTokens = One(1, 5, 16),
            AheadPercent = One(0, 25, 100),
        };
    }

    // Formats as different as recipes can make them, also within a product.
    internal static QuantizedFormat Mixed(Weight weight) => weight.Name switch
    {
        string name when name.EndsWith("attn.q.weight", StringComparison.Ordinal) => new QuantizedFormat(2, 32),
        string name when name.EndsWith("attn.k.weight", StringComparison.Ordinal) => new QuantizedFormat(7, 128),
        string name when name.EndsWith("attn.v.weight", StringComparison.Ordinal) => new QuantizedFormat(3, 64, HasShortScales: true),
        string name when name.EndsWith("mlp.gate.weight", StringComparison.Ordinal) => new QuantizedFormat(5, 128),
        string name when name.EndsWith("mlp.up.weight", StringComparison.Ordinal) => new QuantizedFormat(6, 32, HasShortScales: true),
        "head.weight" => new QuantizedFormat(8, 128),
        "embed.weight" => new QuantizedFormat(3, 64),
        _ => new QuantizedFormat(4, 32),
    };

    // Every sparsity and every form of a block, dense beside sparse within products.
    private static QuantizedFormat Pruned(Weight weight) => weight.Name switch
    {
        string name when name.EndsWith("attn.q.weight", StringComparison.Ordinal) => new QuantizedFormat(4, 128, new Sparsity(8, 16)),
        string name when name.EndsWith("attn.k.weight", StringComparison.Ordinal) => new QuantizedFormat(8, 32, new Sparsity(2, 16)),
        string name when name.EndsWith("attn.v.weight", StringComparison.Ordinal) => new QuantizedFormat(4, 64),
        string name when name.EndsWith("attn.o.weight", StringComparison.Ordinal) => new QuantizedFormat(5, 64, new Sparsity(4, 16)),
        string name when name.EndsWith("mlp.gate.weight", StringComparison.Ordinal) => new QuantizedFormat(3, 128, new Sparsity(8, 16)),
        string name when name.EndsWith("mlp.up.weight", StringComparison.Ordinal) => new QuantizedFormat(6, 32, new Sparsity(2, 4)),
        string name when name.EndsWith("mlp.down.weight", StringComparison.Ordinal) => new QuantizedFormat(2, 64, new Sparsity(8, 16)),
        string name when name.EndsWith("head.weight", StringComparison.Ordinal) => new QuantizedFormat(7, 128, new Sparsity(2, 4)),
        _ => new QuantizedFormat(4, 32),
    };

    // Patterns of every length with every density, in every width.
    private static QuantizedFormat Patterned(Weight weight) => QuantizedFormat.Parse(weight.Name switch
    {
        string name when name.EndsWith("attn.q.weight", StringComparison.Ordinal) => "4g128 16.16.8.8.4.4.2.0:16",
        string name when name.EndsWith("attn.k.weight", StringComparison.Ordinal) => "8g32 16.2:16",
        string name when name.EndsWith("attn.v.weight", StringComparison.Ordinal) => "4g64",
        string name when name.EndsWith("attn.o.weight", StringComparison.Ordinal) => "5g64 16.8.4.2:16",
        string name when name.EndsWith("mlp.gate.weight", StringComparison.Ordinal) => "3g128 16.8.8.8.8.8.4.4:16",
        string name when name.EndsWith("mlp.up.weight", StringComparison.Ordinal) => "6g32 8.4:16",
        string name when name.EndsWith("mlp.down.weight", StringComparison.Ordinal) => "2g64 16.8.8.0:16",
        string name when name.EndsWith("head.weight", StringComparison.Ordinal) => "7g128 8.8.8.4.4.4.2.2:16",
        _ => "4g32",
    })!.Value;

    // Blocks are there or are not.
    private static QuantizedFormat WholeBlocks(Weight weight) => QuantizedFormat.Parse(
        weight.Name.EndsWith("embed.weight", StringComparison.Ordinal) ? "8g64" : "4g128 16.16.16.16.0.0.0.0:16")!.Value;

    /// <summary>A machine of small buffers.</summary>
    /// <param name="cores">Channels of each core, or cores times channels.</param>
    internal static Geometry Machine(string cores)
    {
        int[] counts = cores.Split('x') is [string times, string each]
            ? [.. Enumerable.Repeat(int.Parse(each, CultureInfo.InvariantCulture), int.Parse(times, CultureInfo.InvariantCulture))]
            : [.. cores.Split(',').Select(c => int.Parse(c, CultureInfo.InvariantCulture))];
        ChannelRange[] ranges = [.. counts.Select((count, i) => new ChannelRange(counts[..i].Sum(), count))];
        return new Geometry("machine", ranges, 1 << 24, 1 << 28, 1 << 20, 8192, 2048, 256);
    }

    /// <summary>Compares all executors on a sequence whose beginning is cut into prefill steps.</summary>
    internal static void AssertRuns(CompiledModel model, int length, int[] cuts, IReadOnlyList<string>? devices = null)
    {
        int[] ids = [.. Enumerable.Range(0, length).Select(i => ((i * 37) + 5) % model.Program.Memory.VocabularySize)];
        ActivationLog expected = new();
        new QuantizedInterpreter(model.Quantized, model.Weights, model.Matrices).Run(ids, expected);

        foreach (string device in devices ?? ["emulator-1", "emulator-2", "emulator-portable", "emulator-avx2", "interpreter"])
        {
            using DeviceMemory memory = model.NewMemory();
            using IDevice executor = ExecutorTests.New(device, model, memory);
            Stepper stepper = new(model.Program, executor);
            ActivationLog actual = new();
            foreach (int cut in cuts)
            {
                stepper.Prefill(ids.AsSpan(stepper.Position, cut), cut, actual);
            }

            foreach (int id in ids.AsSpan(stepper.Position))
            {
                stepper.Decode(id, actual);
            }

            Assert.Null(expected.FirstDifference(actual));
        }
    }

    /// <summary>Gives both executors the same random past, and compares what comes after it.</summary>
    private static void AssertStepAt(CompiledModel model, int past, int tokens)
    {
        QuantizedInterpreter reference = new(model.Quantized, model.Weights, model.Matrices);
        using DeviceMemory memory = model.NewMemory();
        using DeviceMemory emulated = model.NewMemory();
        FillCache(model, reference, [memory, emulated], past);
        int[] ids = [.. Enumerable.Range(0, tokens).Select(i => i * 7 % 256)];
        ActivationLog expected = new();
        reference.Run(ids, expected);
        foreach ((string device, DeviceMemory its) in new[] { ("interpreter", memory), ("emulator-2", emulated) })
        {
            using IDevice executor = ExecutorTests.New(device, model, its);
            ActivationLog actual = new();
            for (int done = 0; done < tokens;)
            {
                // Scratch may hold the scores of fewer tokens at this length.
                int chunk = Math.Min(tokens - done, model.Program.Memory.MaxTokens);
                while (model.Program.SlotsOf(past + done, chunk) > model.Program.Memory.ScoreSlots)
                {
                    chunk--;
                }

                for (int i = 0; i < chunk; i++)
                {
                    its.Ids[i] = (uint)ids[done + i];
                }

                executor.Run(tokens == 1 ? model.Program.Decode : model.Program.Prefill, new StepArguments(past + done, chunk, 0), actual);
                done += chunk;
            }

            Assert.Null(expected.FirstDifference(actual));
        }
    }

    /// <summary>Writes a random past into the Graph interpreter's cache and, as docs/memory.md §3 says, into memory.</summary>
    private static unsafe void FillCache(CompiledModel model, QuantizedInterpreter reference, DeviceMemory[] memories, int past)
    {
        MachineProgram program = model.Program;
        (int layers, int kvHeads, int d) = model.Schedule.Cache;
        Schedule schedule = model.Schedule;
        bool isPacked = schedule.Cache.Bits == 4;
        int valueBytes = isPacked ? d / 2 : d, keyCodeBytes = isPacked ? (valueBytes + 1) / 2 * 2 : d, keyRowBytes = keyCodeBytes + 4;
        int[] owners = [.. Enumerable.Range(0, kvHeads).Select(h => Enumerable.Range(0, program.Geometry.Cores.Count).First(
            core => schedule.HeadsOf(core) is var (first, count) && h >= first && h < first + count))];
        RandomNumbers random = new(5);
        for (int token = 0; token < past; token++)
        {
            for (int layer = 0; layer < layers; layer++)
            {
                TokenValue[] both = new TokenValue[2];
                for (int part = 0; part < 2; part++)
                {
                    sbyte[] codes = new sbyte[kvHeads * d];
                    float[] scales = new float[kvHeads];
                    for (int i = 0; i < codes.Length; i++)
                    {
                        codes[i] = (sbyte)random.Within(isPacked ? -8 : -127, isPacked ? 7 : 127);
                    }

                    for (int h = 0; h < kvHeads; h++)
                    {
                        scales[h] = (float)(Half)(0.001f + (random.Below(1000) * 2e-5f)) * (isPacked && part == 0 && h % 2 == 1 ? -1 : 1);
                    }

                    both[part] = new TokenValue(codes, scales);
                }

                reference.AppendToCache($"layers.{layer}.attn.out", both[0], both[1]);
                for (int h = 0; h < kvHeads; h++)
                {
                    // Spread over the channels of the machine, or over those of the core that has the head.
                    (long first, long count) = schedule.HeadsOf(owners[h]);
                    int spread = schedule.SpreadOf(owners[h]);
                    long rows = (program.Memory.ContextLength + spread - 1) / spread;
                    long keyBytes = ((rows * keyRowBytes) + 63) / 64 * 64;
                    long headBytes = keyBytes + (((rows * valueBytes) + 63) / 64 * 64);
                    long stream = (layer * count) + h - first;
                    int channel = (schedule.IsLocal ? program.Geometry.Cores[owners[h]].First : 0) + (int)((token + stream) % spread);
                    long address = program.Memory.CacheAddress + (stream * headBytes) + (token / spread * keyRowBytes);
                    byte[] key = new byte[keyRowBytes];
                    Stored(both[0].Codes.AsSpan(h * d, d), isPacked).CopyTo(key, 0);
                    BinaryPrimitives.WriteHalfLittleEndian(key.AsSpan(keyCodeBytes), (Half)both[0].Scales[h]);
                    BinaryPrimitives.WriteHalfLittleEndian(key.AsSpan(keyCodeBytes + 2), (Half)both[1].Scales[h]);
                    long valueAddress = program.Memory.CacheAddress + (stream * headBytes) + keyBytes + (token / spread * valueBytes);
                    foreach (DeviceMemory memory in memories)
                    {
                        key.CopyTo(new Span<byte>(memory.Write(channel, address, keyRowBytes), keyRowBytes));
                        Stored(both[1].Codes.AsSpan(h * d, d), isPacked).CopyTo(new Span<byte>(memory.Write(channel, valueAddress, valueBytes), valueBytes));
                    }
                }
            }
        }
    }

    // docs/memory.md §3: a byte each, or two to a byte.
    private static byte[] Stored(ReadOnlySpan<sbyte> codes, bool isPacked)
    {
        byte[] bytes = new byte[isPacked ? codes.Length / 2 : codes.Length];
        for (int i = 0; i < codes.Length; i++)
        {
            bytes[isPacked ? i / 2 : i] |= (byte)(isPacked ? (codes[i] & 15) << (4 * (i % 2)) : codes[i]);
        }

        return bytes;
    }

    private sealed class RandomModel : IDisposable
    {
        private readonly string _folder;

        public RandomModel(RandomCheckpoint checkpoint, Func<Weight, QuantizedFormat> formats, Geometry? geometry = null, MappingOptions? options = null,
            int cacheBits = 8)
        {
            _folder = checkpoint.Write(7);
            Model = new CompiledModel(_folder, geometry ?? SharedModel.U280, formats, options: options, cacheBits: cacheBits);
        }

        public CompiledModel Model { get; }

        public void Dispose()
        {
            Model.Dispose();
            Directory.Delete(_folder, recursive: true);
        }
    }
}
