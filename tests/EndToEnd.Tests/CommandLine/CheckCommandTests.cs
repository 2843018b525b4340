using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Flightc.Diagnostics;

namespace Flightc.Tests;

/// <summary><c>flightc check</c>: what is in a model, what would be computed, what stands in the way.</summary>
public sealed class CheckCommandTests
{
    [Fact]
    public void A_model_is_described_with_its_sizes()
    {
        JsonElement document = CommandRun.Of("check", TestData.Stories, "--json").Succeeds().Json;

        Assert.True(document.GetProperty("is_supported").GetBoolean());
        Assert.Equal(2_623_744, document.GetProperty("weight_count").GetInt64());
        Assert.Equal(1024, document.GetProperty("tokenizer_ids").GetInt32());
        Assert.Equal("llama", document.GetProperty("family").GetString());
        Assert.Equal(5_247_488, document.GetProperty("tensor_types")[0].GetProperty("bytes").GetInt64());
        Assert.Empty(document.GetProperty("transforms").EnumerateArray());
        Assert.Contains("can be compiled", CommandRun.Of("check", TestData.Stories).Succeeds().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_family_computes_is_told_in_words()
    {
        using WorkFolder folder = new();
        FamilyCheckpoints.Gemma2().Write(folder.Root, 1);

        string words = CommandRun.Of("check", folder.Root).Succeeds().Output;

        foreach (string part in (string[])
            [
                "Gemma 2 (Gemma2ForCausalLM)", "RMS norms, and of what is added to the residual stream", "gated by gelu_tanh",
                "2 layers           a window of 6 tokens; 16 elements of a head turned by base 10,000", "1 layer            all tokens before; 16 elements",
                "embeddings times 6.93, scores times 0.3162, scores capped at 1.5, logits capped at 2.5", "13 weights are their tensors plus 1",
                "61", "embedding and head are one", "F16",
            ])
        {
            Assert.Contains(part, words, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_a_family_computes_is_told_in_json()
    {
        using WorkFolder folder = new();
        FamilyCheckpoints.Phi3().Write(folder.Root, 1);

        JsonElement Kind(params string[] options) =>
            CommandRun.Of(["check", folder.Root, "--json", .. options]).Succeeds().Json.GetProperty("layer_kinds")[0];

        JsonElement kind = Kind();
        Assert.Equal((3, 50, 6), (kind.GetProperty("layers").GetInt32(), kind.GetProperty("window").GetInt32(), kind.GetProperty("rotary_elements").GetInt32()));
        Assert.Equal((1.5, 7.5), (kind.GetProperty("least_divisor").GetDouble(), kind.GetProperty("largest_divisor").GetDouble()));
        Assert.Equal(1.25, Kind("--max-length", "32").GetProperty("largest_divisor").GetDouble());
        JsonElement document = CommandRun.Of("check", folder.Root, "--json").Json;
        Assert.Equal("longrope, long factors", document.GetProperty("rotary_scaling").GetString());
        Assert.Equal(["15 weights are rows of larger tensors"], document.GetProperty("transforms").EnumerateArray().Select(t => t.GetString()));
        Assert.Equal(Codes.ModelNote, Assert.Single(document.GetProperty("diagnostics").EnumerateArray()).GetProperty("code").GetString());
    }

    [Fact]
    public void A_family_that_is_not_supported_is_refused_with_advice()
    {
        using WorkFolder folder = new();
        string config = folder.Write("config.json", """{ "architectures": ["MixtralForCausalLM"], "model_type": "mixtral" }""");

        CommandRun run = CommandRun.Of("check", config).FailsWith(ExitCode.Unsupported, Codes.ArchitectureUnsupported);

        Assert.Contains("it is a mixture of experts", run.Error, StringComparison.Ordinal);
        Assert.Contains("take a dense model of the same makers", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_of_many_gigabytes_are_checked_by_their_headers()
    {
        using WorkFolder folder = new();
        folder.Write("config.json", """
            { "architectures": ["LlamaForCausalLM"], "vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 10,
              "num_attention_heads": 32, "tie_word_embeddings": true }
            """);
        long bytes = WriteHeaderOnly(folder["model.safetensors"]);

        JsonElement document = CommandRun.Of("check", folder.Root, "--json").Succeeds().Json;

        Assert.True(bytes > 1L << 32);
        Assert.Equal(bytes, document.GetProperty("tensor_types")[0].GetProperty("bytes").GetInt64());
    }

    // The data are a hole in the file.
    private static long WriteHeaderOnly(string path)
    {
        JsonObject header = [];
        long end = 0;
        void Add(string name, params int[] shape)
        {
            long begin = end;
            end += shape.Aggregate(2L, (a, b) => a * b);
            header[name] = new JsonObject
            {
                ["dtype"] = "BF16",
                ["shape"] = new JsonArray([.. shape.Select(size => (JsonNode)size)]),
                ["data_offsets"] = new JsonArray(begin, end),
            };
        }

        Add("model.embed_tokens.weight", 32000, 4096);
        for (int i = 0; i < 10; i++)
        {
            string layer = $"model.layers.{i}";
            Add($"{layer}.input_layernorm.weight", 4096);
            foreach (string projection in (string[])["q", "k", "v", "o"])
            {
                Add($"{layer}.self_attn.{projection}_proj.weight", 4096, 4096);
            }

            Add($"{layer}.post_attention_layernorm.weight", 4096);
            Add($"{layer}.mlp.gate_proj.weight", 11008, 4096);
            Add($"{layer}.mlp.up_proj.weight", 11008, 4096);
            Add($"{layer}.mlp.down_proj.weight", 4096, 11008);
        }

        Add("model.norm.weight", 4096);
        byte[] json = Encoding.UTF8.GetBytes(header.ToJsonString());
        using FileStream file = File.Create(path);
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        file.Write(length);
        file.Write(json);
        file.SetLength(8 + json.Length + end);
        return end;
    }
}
