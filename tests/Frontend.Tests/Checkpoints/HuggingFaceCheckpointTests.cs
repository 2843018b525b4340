using Flightc.Checkpoints;
using Flightc.Container;
using Flightc.Diagnostics;

namespace Flightc.Tests.Checkpoints;

public sealed class HuggingFaceCheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public HuggingFaceCheckpointTests() => _folder.Write("config.json", "{}");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_shipped_sample_opens_and_lists_its_tensors()
    {
        DiagnosticBag bag = new();
        using HuggingFaceCheckpoint stories = HuggingFaceCheckpoint.Open(TestData.Stories, bag);

        Assert.Empty(bag.Items);
        Assert.Equal(38, stories.Tensors.Count);
        Assert.Equal(stories.Tensors.Select(t => t.Name).Order(StringComparer.Ordinal), stories.Tensors.Select(t => t.Name));
        Assert.All(stories.Tensors, tensor => Assert.Equal(StoredType.BF16, tensor.ElementType));
        HasShape(stories, "model.embed_tokens.weight", 1024, 256);
        HasShape(stories, "model.norm.weight", 256);
        for (int layer = 0; layer < 4; layer++)
        {
            HasShape(stories, $"model.layers.{layer}.input_layernorm.weight", 256);
            HasShape(stories, $"model.layers.{layer}.post_attention_layernorm.weight", 256);
            HasShape(stories, $"model.layers.{layer}.self_attn.q_proj.weight", 256, 256);
            HasShape(stories, $"model.layers.{layer}.self_attn.k_proj.weight", 128, 256);
            HasShape(stories, $"model.layers.{layer}.self_attn.v_proj.weight", 128, 256);
            HasShape(stories, $"model.layers.{layer}.self_attn.o_proj.weight", 256, 256);
            HasShape(stories, $"model.layers.{layer}.mlp.gate_proj.weight", 512, 256);
            HasShape(stories, $"model.layers.{layer}.mlp.up_proj.weight", 512, 256);
            HasShape(stories, $"model.layers.{layer}.mlp.down_proj.weight", 256, 512);
        }

        Assert.NotNull(stories.TokenizerPath);
        Assert.NotNull(stories.TokenizerConfigPath);
        Assert.NotNull(stories.GenerationConfigPath);
        Assert.Null(stories.MergesPath);
    }

    [Fact]
    public void The_wider_models_open()
    {
        foreach (string name in (string[])["tinystories-656k", "gpt2-char-shakespeare"])
        {
            DiagnosticBag bag = new();
            using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(TestData.Wider("models", name), bag);
            Assert.Empty(bag.Items);
            Assert.True(checkpoint.HasWeights);
        }
    }

    [Fact]
    public void Shards_are_one_list_of_tensors()
    {
        Shard("m-1.safetensors", "b", "d");
        Shard("m-2.safetensors", "a", "c");
        Index(("a", "m-2.safetensors"), ("b", "m-1.safetensors"), ("c", "m-2.safetensors"), ("d", "m-1.safetensors"));
        DiagnosticBag bag = new();
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(_folder.Root, bag);

        Assert.Empty(bag.Items);
        Assert.Equal(2, checkpoint.Files.Count);
        Assert.Equal(["a", "b", "c", "d"], checkpoint.Tensors.Select(tensor => tensor.Name));
        Assert.True(checkpoint.TryGet("c", out CheckpointTensor c));
        Assert.Equal("m-2.safetensors", Path.GetFileName(c.FilePath));
        float[] values = new float[2];
        c.ReadFloats(0, values);
        Assert.Equal(['c', 1f], values);
    }

    [Theory]
    [InlineData("../m.safetensors")]
    [InlineData("/etc/m.safetensors")]
    [InlineData("sub/m.safetensors")]
    [InlineData("..\\\\m.safetensors")]
    [InlineData("C:m.safetensors")]
    [InlineData("m\\u0000.safetensors")]
    [InlineData(".safetensors")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("passwd")]
    public void An_index_can_name_only_weight_files_of_its_folder(string shard)
    {
        Directory.CreateDirectory(_folder["sub"]);
        File.WriteAllBytes(Path.Combine(_folder.Root, "sub", "m.safetensors"), SafetensorsBytes.File("{}"));
        _folder.Write("passwd", SafetensorsBytes.File("{}"));
        Index(("a", shard));

        Diagnostic fault = Assert.Single(Faults());
        Assert.Equal(Codes.ShardIndexInvalid, fault.Code);
        Assert.Contains("the plain name of a .safetensors file in the same folder is wanted", fault.Message, StringComparison.Ordinal);
        Assert.EndsWith("model.safetensors.index.json:1:2", fault.Location, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_in_two_shards_is_an_error()
    {
        Shard("m-1.safetensors", "a", "b");
        Shard("m-2.safetensors", "b", "c");
        Index(("a", "m-1.safetensors"), ("b", "m-1.safetensors"), ("c", "m-2.safetensors"));

        Diagnostic fault = Assert.Single(Faults());
        Assert.Equal(Codes.ShardIndexInvalid, fault.Code);
        Assert.Contains("holds 'b', which 'm-1.safetensors'", fault.Message, StringComparison.Ordinal);
        Assert.EndsWith("m-2.safetensors", fault.Location, StringComparison.Ordinal);
    }

    [Fact]
    public void All_missing_and_broken_shards_are_reported_together()
    {
        _folder.Write("m-1.safetensors", "not safetensors");
        Index(("a", "m-1.safetensors"), ("b", "m-2.safetensors"), ("c", "m-3.safetensors"));

        Assert.Equal([Codes.SafetensorsInvalid, Codes.ShardIndexInvalid, Codes.ShardIndexInvalid], Faults().Select(fault => fault.Code));
        Assert.Contains("the shard 'm-3.safetensors' with 1 tensors is not in the folder", Faults()[2].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_that_is_not_where_the_index_says_is_an_error()
    {
        Shard("m-1.safetensors", "a");
        Shard("m-2.safetensors", "b");
        Index(("a", "m-2.safetensors"), ("b", "m-2.safetensors"), ("x", "m-1.safetensors"));

        Assert.Equal(
            [
                "the shard 'm-1.safetensors' does not hold 'x', which the index places there",
                "the shard 'm-2.safetensors' does not hold 'a', which the index places there",
            ],
            Faults().Select(fault => fault.Message));
    }

    [Fact]
    public void A_tensor_that_the_index_does_not_list_is_a_warning()
    {
        Shard("m-1.safetensors", "a", "b");
        Index(("a", "m-1.safetensors"));
        DiagnosticBag bag = new();
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(_folder.Root, bag);

        Diagnostic warning = Assert.Single(bag.Items);
        Assert.Equal(Severity.Warning, warning.Severity);
        Assert.Equal("holds 'b', which the index does not list", warning.Message);
        Assert.True(checkpoint.TryGet("b", out _));
    }

    [Theory]
    [InlineData("{}", "'weight_map' is missing")]
    [InlineData("{\"weight_map\":[]}", "'weight_map' is missing or no object")]
    [InlineData("{\"weight_map\":{}}", "'weight_map' is empty")]
    [InlineData("{\"weight_map\":{\"a\":3}}", "tensor 'a' is in 3; a file name is wanted")]
    [InlineData("{\"weight_map\":{\"a\":\"b\",\"a\":\"c\"}}", "not valid JSON")]
    [InlineData("{\"weight_map\":{\"a\":\"\\ud800\"}}", "not valid JSON")]
    [InlineData("[]", "a JSON object is wanted")]
    [InlineData("", "not valid JSON")]
    public void A_broken_index_is_refused(string json, string reason)
    {
        _folder.Write("model.safetensors.index.json", json);

        Diagnostic fault = Assert.Single(Faults());
        Assert.Equal(Codes.ShardIndexInvalid, fault.Code);
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_weight_file_of_any_name_is_taken_and_two_are_not()
    {
        Shard("weights.safetensors", "a");
        Shard("adapter_model.safetensors", "lora");
        using (HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(_folder.Root, new DiagnosticBag()))
        {
            Assert.Equal("a", Assert.Single(checkpoint.Tensors).Name);
        }

        Shard("more.safetensors", "b");
        Assert.Contains("2 weight files and no model.safetensors.index.json", Assert.Single(Faults()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_whole_model_in_one_file_goes_before_an_index()
    {
        Shard("model.safetensors", "a");
        Index(("a", "m-1.safetensors"));
        DiagnosticBag bag = new();
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(_folder.Root, bag);

        Assert.Single(checkpoint.Tensors);
        Assert.Equal(Severity.Warning, Assert.Single(bag.Items).Severity);
    }

    [Fact]
    public void A_configuration_alone_is_a_checkpoint_without_weights()
    {
        foreach (string path in (string[])[_folder.Root, _folder["config.json"]])
        {
            using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(path, new DiagnosticBag());
            Assert.False(checkpoint.HasWeights);
            Assert.Equal(_folder["config.json"], checkpoint.ConfigPath);
            Assert.False(checkpoint.TryGet("a", out _));
        }
    }

    [Fact]
    public void What_is_no_checkpoint_is_refused()
    {
        string other = _folder.Write("model.bin", "");
        File.Delete(_folder["config.json"]);
        Shard("model.safetensors", "a");

        Assert.Contains("the folder has no config.json", Assert.Single(Faults()).Message, StringComparison.Ordinal);
        Assert.Contains("the folder has no config.json", Assert.Single(Faults(_folder["model.safetensors"])).Message, StringComparison.Ordinal);
        Assert.Contains("not a checkpoint", Assert.Single(Faults(other)).Message, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, Assert.Throws<CompilationException>(() => HuggingFaceCheckpoint.Open("no such thing", new DiagnosticBag())).ExitCode);
    }

    private static void HasShape(HuggingFaceCheckpoint checkpoint, string name, params long[] shape)
    {
        Assert.True(checkpoint.TryGet(name, out CheckpointTensor tensor), name);
        Assert.Equal(shape, tensor.Shape);
        Assert.Equal(shape.Aggregate(2L, (product, size) => product * size), tensor.ByteLength);
    }

    /// <summary>A file of one-letter F32 tensors, each the letter's number and 1.</summary>
    private void Shard(string file, params ReadOnlySpan<string> names)
    {
        List<(string, string, int[], byte[])> tensors = [];
        foreach (string name in names)
        {
            tensors.Add((name, "F32", [2], SafetensorsBytes.Of((float)name[0], 1f)));
        }

        _folder.Write(file, SafetensorsBytes.File([.. tensors]));
    }

    private void Index(params ReadOnlySpan<(string Tensor, string Shard)> map)
    {
        List<string> entries = [];
        foreach ((string tensor, string shard) in map)
        {
            entries.Add($"\"{tensor}\":\"{shard}\"");
        }

        _folder.Write("model.safetensors.index.json", "{\"weight_map\":{" + string.Join(",", entries) + "},\"metadata\":{\"total_size\":1}}");
    }

    private IReadOnlyList<Diagnostic> Faults(string? path = null) =>
        Assert.Throws<CompilationException>(() => HuggingFaceCheckpoint.Open(path ?? _folder.Root, new DiagnosticBag())).Diagnostics;
}
