using System.Buffers.Binary;
using System.Text;
using Flightc.Cli;
using Flightc.Cli.Terminal;
using Flightc.Container;
using Flightc.Diagnostics;

namespace Flightc.Tests;

/// <summary>Two layers of LLaMA2-7B with random weights, as large as they are: 1.3 GB in two shards.</summary>
public sealed class LargeModelTests
{
    private const int Hidden = 4096, Intermediate = 11008, Vocabulary = 32000, Layers = 2;

    [Fact]
    public void The_program_in_an_image_of_random_weights_is_that_of_the_bare_configuration()
    {
        // Too long, and too much disk, for those who only want to know whether their clone works.
        TestData.Wider();
        using TemporaryFolder folder = new();
        string config = folder.Write("config.json", $$"""
            {
              "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "rms_norm_eps": 1e-05, "vocab_size": {{Vocabulary}},
              "hidden_size": {{Hidden}}, "intermediate_size": {{Intermediate}}, "num_hidden_layers": {{Layers}}, "num_attention_heads": 32,
              "num_key_value_heads": 32, "max_position_embeddings": 4096, "tie_word_embeddings": false, "bos_token_id": 1, "eos_token_id": 2
            }
            """);
        string bare = folder.Write("bare.json", File.ReadAllText(config));
        WriteShards(folder.Root);
        string image = Path.Combine(folder.Root, "large.flight");
        Run("compile", folder.Root, "-t", "u280", "-o", image);
        File.Delete(Path.Combine(folder.Root, "model-00001-of-00002.safetensors"));
        File.Delete(Path.Combine(folder.Root, "model-00002-of-00002.safetensors"));

        string dump = Path.Combine(folder.Root, "dump");
        Run("compile", bare, "-t", "u280", "--until", "emit", "--dump-dir", dump);
        string program = File.ReadAllText(Assert.Single(Directory.GetFiles(dump, "*-emit.program")));
        using Image opened = Image.Open(image);
        Assert.Equal(Isa.ProgramBinary.Write(Isa.Assembly.Parse(program)), opened.Section("program").Span.ToArray());
        Run("verify", image);
        Assert.NotEmpty(Run("run", image, "--ids", "1,2,3", "-n", "2").Trim());
    }

    private static void WriteShards(string folder)
    {
        (string Name, int[] Shape)[] layers =
        [
            .. Enumerable.Range(0, Layers).SelectMany(i => new (string, int[])[]
            {
                ($"model.layers.{i}.input_layernorm.weight", [Hidden]), ($"model.layers.{i}.post_attention_layernorm.weight", [Hidden]),
                ($"model.layers.{i}.self_attn.q_proj.weight", [Hidden, Hidden]), ($"model.layers.{i}.self_attn.k_proj.weight", [Hidden, Hidden]),
                ($"model.layers.{i}.self_attn.v_proj.weight", [Hidden, Hidden]), ($"model.layers.{i}.self_attn.o_proj.weight", [Hidden, Hidden]),
                ($"model.layers.{i}.mlp.gate_proj.weight", [Intermediate, Hidden]), ($"model.layers.{i}.mlp.up_proj.weight", [Intermediate, Hidden]),
                ($"model.layers.{i}.mlp.down_proj.weight", [Hidden, Intermediate]),
            }),
        ];
        (string Name, int[] Shape)[] ends =
        [
            ("model.embed_tokens.weight", [Vocabulary, Hidden]), ("lm_head.weight", [Vocabulary, Hidden]), ("model.norm.weight", [Hidden]),
        ];
        string[] files = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
        WriteShard(Path.Combine(folder, files[0]), layers);
        WriteShard(Path.Combine(folder, files[1]), ends);
        IEnumerable<string> map = layers.Select(t => (t.Name, File: files[0])).Concat(ends.Select(t => (t.Name, File: files[1]))).Select(t => $"\"{t.Name}\":\"{t.File}\"");
        File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), $"{{\"weight_map\":{{{string.Join(',', map)}}}}}");
    }

    private static void WriteShard(string path, (string Name, int[] Shape)[] tensors)
    {
        long offset = 0;
        List<string> entries = [];
        foreach ((string name, int[] shape) in tensors)
        {
            long bytes = 2L * shape.Aggregate(1L, (a, b) => a * b);
            entries.Add($"\"{name}\":{{\"dtype\":\"BF16\",\"shape\":[{string.Join(',', shape)}],\"data_offsets\":[{offset},{offset + bytes}]}}");
            offset += bytes;
        }

        byte[] header = Encoding.ASCII.GetBytes($"{{{string.Join(',', entries)}}}");
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        using FileStream file = File.Create(path);
        file.Write(length);
        file.Write(header);

        // bfloat16 with a random sign, an exponent from 2^-9 to 2^-6 and a random fraction, over and over.
        byte[] block = new byte[(1 << 20) + 22];
        ulong state = 1;
        for (int i = 0; i < block.Length; i += 2)
        {
            state = (state * 6364136223846793005) + 1442695040888963407;
            int bits = (int)(state >> 48);
            BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(i), (ushort)((bits & 0x8000) | (0x3B00 + (bits & 0x1FF))));
        }

        for (; offset > 0; offset -= Math.Min(offset, block.Length))
        {
            file.Write(block.AsSpan(0, (int)Math.Min(offset, block.Length)));
        }
    }

    private static string Run(params string[] arguments)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        using Interruption interruption = new();
        ExitCode code = CommandLine.Run(arguments, output, error, TerminalCapabilities.None, interruption);
        Assert.True(code == ExitCode.Success, error.ToString());
        return output.ToString();
    }
}
