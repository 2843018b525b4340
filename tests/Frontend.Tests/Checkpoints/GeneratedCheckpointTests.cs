using System.Buffers.Binary;
using System.Text.Json.Nodes;
using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.Models;

namespace Flightc.Tests.Checkpoints;

/// <summary>The random checkpoints that tests and benchmarks use.</summary>
public sealed class GeneratedCheckpointTests
{
    private const string Config = """
        {
          "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 211, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 3,
          "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 64, "rms_norm_eps": 1e-05, "rope_theta": 10000.0, "hidden_act": "silu"
        }
        """;

    public static TheoryData<string> Families => [.. FamilyCheckpoints.All.Keys];

    public static TheoryData<string> Shapes =>
        [.. Directory.GetFiles(Path.Combine(TestData.Repository, "samples", "shapes"), "*.json").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [InlineData("BF16")]
    [InlineData("F16")]
    [InlineData("F32")]
    [InlineData("F64")]
    public void Numbers_follow_from_seed_and_name_and_not_from_files(string type)
    {
        Dictionary<string, byte[]> whole = Tensors(type, seed: 5, limit: long.MaxValue, out string[] one);
        Dictionary<string, byte[]> cut = Tensors(type, seed: 5, limit: 20_000, out string[] many);

        Assert.Equal(["model.safetensors"], one);
        Assert.True(many.Length > 3);
        Assert.Equal(whole.Keys.Order(StringComparer.Ordinal), cut.Keys.Order(StringComparer.Ordinal));
        Assert.All(whole, tensor => Assert.Equal(tensor.Value, cut[tensor.Key]));
        Assert.NotEqual(whole["model.norm.weight"], Tensors(type, seed: 6, limit: long.MaxValue, out _)["model.norm.weight"]);
        Assert.NotEqual(whole["model.layers.0.self_attn.q_proj.weight"], whole["model.layers.1.self_attn.q_proj.weight"]);
    }

    [Fact]
    public void Vectors_make_the_numbers_of_the_definition_from_any_index_on()
    {
        TensorNumbers numbers = new(3, new RandomTensor("a", [1000], 0.5f, 0.3f));
        float[] expected = [.. Enumerable.Range(0, 1000).Select(i => numbers.At(i))];

        foreach (int first in (int[])[0, 1, 7, 500, 983])
        {
            float[] part = new float[1000 - first];
            numbers.Fill(first, part);
            Assert.Equal(expected[first..], part);
        }
    }

    [Fact]
    public void Numbers_are_spread_as_the_list_says()
    {
        float[] numbers = new float[200_000];
        new TensorNumbers(9, new RandomTensor("a", [200_000], 1, 0.4f)).Fill(0, numbers);

        double mean = numbers.Average(value => (double)value);
        double deviation = Math.Sqrt(numbers.Average(value => (value - mean) * (value - mean)));
        Assert.InRange(mean, 0.998, 1.002);
        Assert.InRange(deviation, 0.4 * 0.574, 0.4 * 0.58);
        Assert.All(numbers, value => Assert.InRange(value, 0.2f, 1.8f));
    }

    [Fact]
    public void Stored_numbers_are_the_nearest_of_their_type()
    {
        float[] values = [.. Enumerable.Range(0, 70).Select(i => BitConverter.UInt32BitsToSingle(0x3F80_0000u + ((uint)i * 0x4000)))];
        byte[] bytes = new byte[140];

        NumberType.Of("bf16").Store(values, bytes);

        for (int i = 0; i < values.Length; i++)
        {
            float low = BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(2 * i)) << 16);
            Assert.True(Math.Abs(low - values[i]) <= 1 / 256f, $"{values[i]} became {low}");
            Assert.True(i % 4 != 2 || BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(2 * i)) % 2 == 0, "a tie goes to even");
        }
    }

    [Fact]
    public void A_file_ends_before_the_tensor_that_it_has_no_room_for()
    {
        RandomTensor[] tensors = [Of("a", 30), Of("b", 20), Of("c", 1), Of("d", 90), Of("e", 10)];

        ShardPlan plan = ShardPlan.BySize(tensors, NumberType.Of("F16"), 100);

        Assert.Equal([["a", "b"], ["c"], ["d"], ["e"]], plan.Shards.Select(shard => shard.Select(tensor => tensor.Name)));
        Assert.Equal("model-00003-of-00004.safetensors", plan.NameOf(2));

        static RandomTensor Of(string name, int count) => new(name, [count], 0, 1);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Every_family_is_imported(string family)
    {
        using TemporaryFolder folder = new();
        FamilyCheckpoints.All[family]().Write(folder.Root, 2);

        ImportedModel model = Import(folder.Root);

        Assert.DoesNotContain(model.Diagnostics, diagnostic => diagnostic.Severity == Severity.Error);
        Assert.All(model.Graph.Weights, weight => Assert.NotEqual("", weight.Hash));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Every_shape_of_the_samples_is_imported(string shape)
    {
        // Two layers, of which nothing but headers is written.
        using TemporaryFolder folder = new();
        JsonObject config = JsonNode.Parse(File.ReadAllText(Path.Combine(TestData.Repository, "samples", "shapes", shape)))!.AsObject();
        LayerCut.Apply(config, 2);
        IReadOnlyList<RandomTensor> tensors = FamilyTensors.Of(config);
        new CheckpointWriter(NumberType.Of("BF16"), 1) { IsHollow = true }.Write(folder.Root, config, ShardPlan.BySize(tensors, NumberType.Of("BF16"), 1_000_000_000));

        ImportedModel model = Import(folder.Root, hash: false);

        Assert.Equal(2, config["num_hidden_layers"]!.GetValue<int>());
        Assert.DoesNotContain(model.Diagnostics, diagnostic => diagnostic.Severity >= Severity.Warning);
    }

    [Theory]
    [InlineData("5GB", 5_000_000_000)]
    [InlineData("1.5mb", 1_500_000)]
    [InlineData("77", 77)]
    public void Sizes_are_of_thousands(string text, long bytes) => Assert.Equal(bytes, ShardSize.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("GB")]
    [InlineData("-1GB")]
    [InlineData("0")]
    [InlineData("5 apples")]
    public void What_is_no_size_is_refused(string text) => Assert.Throws<ArgumentException>(() => ShardSize.Parse(text));

    [Fact]
    public void Lists_with_an_entry_for_each_layer_are_cut_or_repeated()
    {
        JsonObject config = JsonNode.Parse("""{ "num_hidden_layers": 3, "no_rope_layers": [1, 0, 1], "layer_types": ["a", "b", "c"] }""")!.AsObject();

        LayerCut.Apply(config, 4);

        Assert.Equal("""{"num_hidden_layers":4,"no_rope_layers":[1,0,1,1],"layer_types":["a","b","c","a"]}""", config.ToJsonString());
        Assert.Throws<ArgumentException>(() => LayerCut.Apply(config, 0));
    }

    private static ImportedModel Import(string folder, bool hash = true)
    {
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(folder, new DiagnosticBag());
        return ModelImporter.Import(checkpoint, hash);
    }

    private static Dictionary<string, byte[]> Tensors(string type, ulong seed, long limit, out string[] files)
    {
        using TemporaryFolder folder = new();
        JsonObject config = JsonNode.Parse(Config)!.AsObject();
        NumberType numbers = NumberType.Of(type);
        new CheckpointWriter(numbers, seed).Write(folder.Root, config, ShardPlan.BySize(FamilyTensors.Of(config), numbers, limit));
        files = [.. folder.Files.Where(file => file.EndsWith(".safetensors", StringComparison.Ordinal))];
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(folder.Root, new DiagnosticBag());
        Dictionary<string, byte[]> all = new(StringComparer.Ordinal);
        foreach (string file in files)
        {
            byte[] bytes = File.ReadAllBytes(folder[file]);
            int length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
            Assert.Equal(0, length % 8);
            foreach ((string name, JsonNode? entry) in JsonNode.Parse(bytes.AsSpan(8, length))!.AsObject())
            {
                if (name != "__metadata__")
                {
                    int[] offsets = [.. entry!["data_offsets"]!.AsArray().Select(offset => offset!.GetValue<int>())];
                    all.Add(name, bytes[(8 + length + offsets[0])..(8 + length + offsets[1])]);
                }
            }
        }

        Assert.Equal(checkpoint.Tensors.Count, all.Count);
        return all;
    }
}
