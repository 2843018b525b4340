using System.Security.Cryptography;
using System.Text;
using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;
using Flightc.Tests.Checkpoints;

namespace Flightc.Tests.Models;

public sealed class ModelImporterTests
{
    private const string Config = """
        { "architectures": ["LlamaForCausalLM"], "vocab_size": 5, "hidden_size": 4, "intermediate_size": 6,
          "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1, "rms_norm_eps": 1e-5,
          "rope_theta": 10000.0, "max_position_embeddings": 32, "tie_word_embeddings": TIED }
        """;

    private static readonly (string Name, int[] Shape)[] Tensors =
    [
        ("model.embed_tokens.weight", [5, 4]),
        ("model.layers.0.input_layernorm.weight", [4]),
        ("model.layers.0.self_attn.q_proj.weight", [4, 4]),
        ("model.layers.0.self_attn.k_proj.weight", [2, 4]),
        ("model.layers.0.self_attn.v_proj.weight", [2, 4]),
        ("model.layers.0.self_attn.o_proj.weight", [4, 4]),
        ("model.layers.0.post_attention_layernorm.weight", [4]),
        ("model.layers.0.mlp.gate_proj.weight", [6, 4]),
        ("model.layers.0.mlp.up_proj.weight", [6, 4]),
        ("model.layers.0.mlp.down_proj.weight", [4, 6]),
        ("model.norm.weight", [4]),
        ("lm_head.weight", [5, 4]),
    ];

    [Fact]
    public void A_small_model_becomes_this_graph()
    {
        (_, string text) = Import(Tensors, tied: false);

        Assert.Equal("""
            graph "llama" context=32
            input ids: i32[T]
            weight embed.weight: f32[5,4]  ; from model.embed_tokens.weight
            weight layers.0.attn.norm.weight: f32[4]  ; from model.layers.0.input_layernorm.weight
            weight layers.0.attn.q.weight: f32[4,4]  ; from model.layers.0.self_attn.q_proj.weight
            weight layers.0.attn.k.weight: f32[2,4]  ; from model.layers.0.self_attn.k_proj.weight
            weight layers.0.attn.v.weight: f32[2,4]  ; from model.layers.0.self_attn.v_proj.weight
            weight layers.0.attn.o.weight: f32[4,4]  ; from model.layers.0.self_attn.o_proj.weight
            weight layers.0.mlp.norm.weight: f32[4]  ; from model.layers.0.post_attention_layernorm.weight
            weight layers.0.mlp.gate.weight: f32[6,4]  ; from model.layers.0.mlp.gate_proj.weight
            weight layers.0.mlp.up.weight: f32[6,4]  ; from model.layers.0.mlp.up_proj.weight
            weight layers.0.mlp.down.weight: f32[4,6]  ; from model.layers.0.mlp.down_proj.weight
            weight norm.weight: f32[4]  ; from model.norm.weight
            weight head.weight: f32[5,4]  ; from lm_head.weight
            embed: f32[T,4] = embedding ids, embed.weight
            layers.0.attn.norm: f32[T,4] = rms_norm embed, layers.0.attn.norm.weight {epsilon=1e-05}
            layers.0.attn.q: f32[T,4] = linear layers.0.attn.norm, layers.0.attn.q.weight
            layers.0.attn.k: f32[T,2] = linear layers.0.attn.norm, layers.0.attn.k.weight
            layers.0.attn.v: f32[T,2] = linear layers.0.attn.norm, layers.0.attn.v.weight
            layers.0.attn.q.rotary: f32[T,4] = rotary_embedding layers.0.attn.q {head_dim=2, theta=10000}
            layers.0.attn.k.rotary: f32[T,2] = rotary_embedding layers.0.attn.k {head_dim=2, theta=10000}
            layers.0.attn.out: f32[T,4] = attention layers.0.attn.q.rotary, layers.0.attn.k.rotary, layers.0.attn.v {heads=2, kv_heads=1, head_dim=2}
            layers.0.attn.o: f32[T,4] = linear layers.0.attn.out, layers.0.attn.o.weight
            layers.0.attn.residual: f32[T,4] = add embed, layers.0.attn.o
            layers.0.mlp.norm: f32[T,4] = rms_norm layers.0.attn.residual, layers.0.mlp.norm.weight {epsilon=1e-05}
            layers.0.mlp.gate: f32[T,6] = linear layers.0.mlp.norm, layers.0.mlp.gate.weight
            layers.0.mlp.up: f32[T,6] = linear layers.0.mlp.norm, layers.0.mlp.up.weight
            layers.0.mlp.act: f32[T,6] = silu layers.0.mlp.gate
            layers.0.mlp.hidden: f32[T,6] = mul layers.0.mlp.act, layers.0.mlp.up
            layers.0.mlp.down: f32[T,4] = linear layers.0.mlp.hidden, layers.0.mlp.down.weight
            layers.0.mlp.residual: f32[T,4] = add layers.0.attn.residual, layers.0.mlp.down
            norm: f32[T,4] = rms_norm layers.0.mlp.residual, norm.weight {epsilon=1e-05}
            logits: f32[T,5] = linear norm, head.weight
            return logits

            """, text);
    }

    [Theory]
    [InlineData("model.embed_tokens.weight")]
    [InlineData("embed_tokens.weight")]
    [InlineData("lm_head.weight")]
    public void A_tied_head_is_the_embedding_under_whichever_name_it_is_stored(string stored)
    {
        (string Name, int[] Shape)[] tensors = [(stored, [5, 4]), .. Tensors[1..^1]];

        (ImportedModel model, string text) = Import(tensors, tied: true);

        Assert.Contains("logits: f32[T,5] = linear norm, embed.weight\n", text, StringComparison.Ordinal);
        Assert.Equal(stored, model.Graph.Weights[0].Source);
        Assert.Equal(11, model.Graph.Weights.Count);
    }

    [Fact]
    public void Names_may_lack_the_outer_module()
    {
        (string Name, int[] Shape)[] bare = [.. Tensors.Select(t => (t.Name.Replace("model.", "", StringComparison.Ordinal), t.Shape))];

        (ImportedModel model, _) = Import(bare, tied: false);

        Assert.Empty(model.Diagnostics);
        Assert.Equal("layers.0.mlp.up_proj.weight", model.Graph.Weights.Single(w => w.Name == "layers.0.mlp.up.weight").Source);
    }

    [Fact]
    public void Everything_wrong_with_the_tensors_is_reported_at_once()
    {
        (string Name, int[] Shape)[] tensors =
        [
            .. Tensors[..3], ("model.layers.0.self_attn.k_proj.weight", [4, 2]), .. Tensors[5..^1],
            ("model.layers.0.self_attn.rotary_emb.inv_freq", [1]), ("model.layers.7.extra", [1]),
        ];

        CompilationException error = Assert.Throws<CompilationException>(() => Import(tensors, tied: false));

        Assert.Equal(
            [
                (Codes.TensorShapeMismatch, "the tensor 'model.layers.0.self_attn.k_proj.weight' has the shape [4,2]; [2,4] is wanted, from config.json"),
                (Codes.TensorMissing, "the tensor 'model.layers.0.self_attn.v_proj.weight' [2,4] is missing"),
                (Codes.TensorMissing, "the tensor 'lm_head.weight' [5,4] is missing"),
                (Codes.TensorUnknown, "the tensor 'model.layers.7.extra' has no place in the model and is not used"),
            ],
            error.Diagnostics.Select(d => (d.Code, d.Message)));
        Assert.Equal(Severity.Warning, error.Diagnostics[^1].Severity);
    }

    [Fact]
    public void A_head_that_is_stored_beside_the_embedding_it_is_tied_to_is_a_warning()
    {
        (ImportedModel model, _) = Import(Tensors, tied: true);

        Assert.Equal(Codes.TensorUnknown, Assert.Single(model.Diagnostics).Code);
    }

    [Theory]
    [InlineData("1e999", Codes.ConfigInvalid)]
    [InlineData("0.5", Codes.FeatureUnsupported)]
    public void A_base_of_frequencies_that_makes_no_sense_is_refused(string theta, string code)
    {
        CompilationException error = Assert.Throws<CompilationException>(() =>
            Import(Tensors, tied: false, Config.Replace("10000.0", theta, StringComparison.Ordinal)));

        Assert.Equal(code, error.Diagnostics[0].Code);
    }

    [Theory]
    [InlineData(float.NaN, 0, "NaN at [0,0]")]
    [InlineData(float.PositiveInfinity, 19, "infinity at [4,3]")]
    [InlineData(float.NegativeInfinity, 9, "-infinity at [2,1]")]
    public void A_weight_that_is_not_finite_is_refused_when_it_is_read(float value, int index, string message)
    {
        using TemporaryFolder folder = new();
        float[] embedding = new float[20];
        embedding[index] = value;
        using HuggingFaceCheckpoint checkpoint = Open(folder, Tensors, Config.Replace("TIED", "false", StringComparison.Ordinal), embedding);
        ImportedModel model = ModelImporter.Import(checkpoint);

        CompilationException error = Assert.Throws<CompilationException>(() => model.Weights.Read("embed.weight", 0, new float[20]));

        Assert.Equal(Codes.WeightNotFinite, Assert.Single(error.Diagnostics).Code);
        Assert.Contains($"'model.embed_tokens.weight' has {message};", error.Message, StringComparison.Ordinal);
        model.Weights.Read("embed.weight", (index + 10) % 20, new float[1]);
    }

    [Fact]
    public void A_hash_is_of_type_shape_and_data()
    {
        using TemporaryFolder folder = new();
        float[] embedding = [.. Enumerable.Range(0, 20).Select(i => i * 0.5f)];
        using HuggingFaceCheckpoint checkpoint = Open(folder, Tensors, Config.Replace("TIED", "false", StringComparison.Ordinal), embedding);

        ImportedModel model = ModelImporter.Import(checkpoint);

        byte[] hashed = [.. Encoding.ASCII.GetBytes("f32[5,4]\n"), .. SafetensorsBytes.Of(embedding)];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(hashed)), model.Graph.Weights[0].Hash);
        Assert.Equal(model.Graph.Weights[0].Hash, model.Weights.HashOf("embed.weight"));
        Assert.Equal("", ModelImporter.Import(checkpoint, hash: false).Graph.Weights[0].Hash);
    }

    [Fact]
    public void A_bare_configuration_gives_the_graph_without_data()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("config.json", Config.Replace("TIED", "true", StringComparison.Ordinal));
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(path, new DiagnosticBag());

        ImportedModel model = ModelImporter.Import(checkpoint);

        Assert.False(model.Weights.HasData);
        Assert.Equal("bf16[6,4]", model.Graph.Weights.Single(w => w.Name == "layers.0.mlp.up.weight").Type.ToString());
        Assert.All(model.Graph.Weights, w => Assert.Equal("", w.Hash));
        Assert.Throws<CompilationException>(() => model.Weights.Read("embed.weight", 0, new float[1]));
    }

    [Fact]
    public void The_sample_model_is_imported_and_its_text_survives()
    {
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(TestData.Stories, new DiagnosticBag());

        ImportedModel model = ModelImporter.Import(checkpoint);

        string text = GraphText.Print(model.Graph);
        Assert.Equal(text, GraphText.Print(GraphText.Parse(text, "stories")));
        Assert.Equal((38, 67), (model.Graph.Weights.Count, model.Graph.Nodes.Count));
        Assert.Empty(model.Diagnostics);
    }

    private static (ImportedModel Model, string Text) Import(
        (string Name, int[] Shape)[] tensors, bool tied, string config = Config)
    {
        using TemporaryFolder folder = new();
        using HuggingFaceCheckpoint checkpoint = Open(folder, tensors, config.Replace("TIED", tied ? "true" : "false", StringComparison.Ordinal), null);
        ImportedModel model = ModelImporter.Import(checkpoint, hash: false);
        return (model, GraphText.Print(model.Graph));
    }

    private static HuggingFaceCheckpoint Open(
        TemporaryFolder folder, (string Name, int[] Shape)[] tensors, string config, float[]? embedding)
    {
        folder.Write("config.json", config);
        (string, string, int[], byte[])[] stored =
        [
            .. tensors.Select((t, i) => (t.Name, "F32", t.Shape, SafetensorsBytes.Of(
                i == 0 && embedding is not null ? embedding : new float[t.Shape.Aggregate(1, (a, b) => a * b)]))),
        ];
        folder.Write("model.safetensors", SafetensorsBytes.File(stored));
        return HuggingFaceCheckpoint.Open(folder.Root, new DiagnosticBag());
    }
}
