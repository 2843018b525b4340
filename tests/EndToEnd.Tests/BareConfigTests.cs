using Flightc.Backend.Emission;
using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Models;
using Flightc.Passes;
using Flightc.Passes.Tiling;
using Flightc.Schedules;

namespace Flightc.Tests;

/// <summary>Programs of large models from a config.json alone.</summary>
public sealed class BareConfigTests
{
    private const int Mebibyte = 1 << 20;

    [Fact]
    public void A_program_for_LLaMA2_7B_serves_all_lengths_in_a_mebibyte_whatever_the_longest_is()
    {
        using TemporaryFolder folder = new();
        string config = folder.Write("config.json", Config(4096, 11008, 32, 32, 32, 32000));
        long shorter = ProgramBinary.Write(Program(config, 512)).LongLength;
        long longer = ProgramBinary.Write(Program(config, 131072)).LongLength;

        Assert.InRange(shorter, 1, Mebibyte);
        Assert.InRange(longer, shorter * 0.99, shorter * 1.01);
    }

    [Fact]
    public void The_program_of_a_bare_configuration_is_that_of_a_checkpoint_of_its_shape()
    {
        // Two layers of LLaMA2-7B's shape at an eighth of its width keep the weights small.
        RandomCheckpoint checkpoint = new(512, 1376, 2, 32, 32, 16, 4000, 2048);
        string folder = checkpoint.Write(3);
        try
        {
            byte[] fromWeights;
            using (HuggingFaceCheckpoint opened = HuggingFaceCheckpoint.Open(folder, new DiagnosticBag()))
            {
                fromWeights = ProgramBinary.Write(Program(opened, 2048));
            }

            Assert.Equal(fromWeights, ProgramBinary.Write(Program(Path.Combine(folder, "config.json"), 2048)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Channels_of_a_large_model_carry_the_same_bytes()
    {
        using TemporaryFolder folder = new();
        string config = folder.Write("config.json", Config(4096, 11008, 2, 32, 32, 32000));
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(config, new DiagnosticBag());
        AddressMap addresses = AddressMap.Of(Schedule(checkpoint, 4096));
        Assert.InRange(addresses.Streams.Max(s => s.Bytes), 1, 1.005 * addresses.Streams.Min(s => s.Bytes));
    }

    [Fact]
    public void Channels_carry_the_same_bytes_where_values_are_dense_and_queries_and_keys_are_not()
    {
        using TemporaryFolder folder = new();
        string config = folder.Write("config.json", Config(4096, 11008, 2, 32, 32, 32000));
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(config, new DiagnosticBag());
        Schedule schedule = Schedule(
            checkpoint, 4096,
            w => w.Name.EndsWith("attn.v.weight", StringComparison.Ordinal) ? new QuantizedFormat(8, 64) : new QuantizedFormat(4, 64, new Sparsity(2, 16)));
        AddressMap addresses = AddressMap.Of(schedule);

        // A head of values takes as much as five of queries.
        Assert.InRange(addresses.Streams.Max(s => s.Bytes), 1, 1.02 * addresses.Streams.Min(s => s.Bytes));
    }

    private static MachineProgram Program(string config, int contextLength)
    {
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(config, new DiagnosticBag());
        Assert.False(checkpoint.HasWeights);
        return Program(checkpoint, contextLength);
    }

    private static MachineProgram Program(HuggingFaceCheckpoint checkpoint, int contextLength)
    {
        Schedule schedule = Schedule(checkpoint, contextLength);
        return Emitter.Emit(schedule, AddressMap.Of(schedule));
    }

    private static Schedule Schedule(HuggingFaceCheckpoint checkpoint, int contextLength, Func<Weight, QuantizedFormat>? formats = null)
    {
        Graph graph = ModelImporter.Import(checkpoint, hash: false).Graph;
        graph = new Graph(graph.Name, contextLength, graph.Inputs, graph.Weights, graph.Nodes, graph.Outputs);
        PassContext context = new() { FormatOf = w => w.Name is "embed.weight" or "head.weight" ? new QuantizedFormat(8, 64) : formats?.Invoke(w) ?? new QuantizedFormat(4, 32) };
        return Tiler.Tile(Pipeline.Run(graph, context, new PassObserver()), SharedModel.U280, 128);
    }

    private static string Config(int hidden, int intermediate, int layers, int heads, int kvHeads, int vocabulary) => $$"""
        {
          "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "rms_norm_eps": 1e-05,
          "vocab_size": {{vocabulary}}, "hidden_size": {{hidden}}, "intermediate_size": {{intermediate}}, "num_hidden_layers": {{layers}},
          "num_attention_heads": {{heads}}, "num_key_value_heads": {{kvHeads}}, "max_position_embeddings": 4096, "tie_word_embeddings": false
        }
        """;
}
