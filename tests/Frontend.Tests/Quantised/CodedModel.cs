using System.Text.Json.Nodes;
using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.Models;

namespace Flightc.Tests.Quantised;

/// <summary>A model of one layer whose seven projections a test stores as it likes, and the numbers they stand for.</summary>
internal sealed class CodedModel
{
    public const int Hidden = 64;
    public const int Intermediate = 128;
    public const int Vocabulary = 40;

    /// <summary>The projections: module, role, outputs, inputs.</summary>
    public static readonly (string Module, string Role, int Rows, int Columns)[] Projections =
    [
        ("model.layers.0.self_attn.q_proj", "layers.0.attn.q.weight", Hidden, Hidden),
        ("model.layers.0.self_attn.k_proj", "layers.0.attn.k.weight", 32, Hidden),
        ("model.layers.0.self_attn.v_proj", "layers.0.attn.v.weight", 32, Hidden),
        ("model.layers.0.self_attn.o_proj", "layers.0.attn.o.weight", Hidden, Hidden),
        ("model.layers.0.mlp.gate_proj", "layers.0.mlp.gate.weight", Intermediate, Hidden),
        ("model.layers.0.mlp.up_proj", "layers.0.mlp.up.weight", Intermediate, Hidden),
        ("model.layers.0.mlp.down_proj", "layers.0.mlp.down.weight", Hidden, Intermediate),
    ];

    public TensorFile File { get; } = new();

    public Dictionary<string, float[]> Expected { get; } = new(StringComparer.Ordinal);

    /// <summary>A model with everything but the projections.</summary>
    public CodedModel()
    {
        RandomNumbers random = new(2);
        File.Add<float>("model.embed_tokens.weight", "F32", [Vocabulary, Hidden], random.Floats(Vocabulary * Hidden));
        foreach (string norm in (string[])["model.layers.0.input_layernorm", "model.layers.0.post_attention_layernorm", "model.norm"])
        {
            File.Add<float>($"{norm}.weight", "F32", [Hidden], random.Floats(Hidden));
        }
    }

    /// <summary>Writes config.json with the method's settings, and the tensors.</summary>
    public void Write(string folder, string? quantisation)
    {
        JsonObject config = JsonNode.Parse($$"""
            {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": {{Vocabulary}}, "hidden_size": {{Hidden}}, "intermediate_size": {{Intermediate}},
             "num_hidden_layers": 1, "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 64, "rms_norm_eps": 1e-5, "tie_word_embeddings": true}
            """)!.AsObject();
        if (quantisation is not null)
        {
            config["quantization_config"] = JsonNode.Parse(quantisation);
        }

        System.IO.File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        File.Write(Path.Combine(folder, "model.safetensors"));
    }

    /// <summary>Imports the model, and compares every projection with the numbers that were packed, bit for bit.</summary>
    public void MustLoad(TemporaryFolder folder, string quantisation)
    {
        Write(folder.Root, quantisation);
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(folder.Root, new DiagnosticBag());
        ImportedModel model = ModelImporter.Import(checkpoint);
        foreach ((_, string role, int rows, int columns) in Projections)
        {
            float[] found = new float[rows * columns];
            model.Weights.Read(role, 0, found);
            Assert.Equal(Expected[role], found);

            // Parts of rows, as others read them.
            float[] part = new float[columns + 7];
            model.Weights.Read(role, columns + 3, part);
            Assert.Equal(Expected[role][(columns + 3)..((2 * columns) + 10)], part);
        }

        Assert.DoesNotContain(model.Diagnostics, d => d.Code == Codes.TensorUnknown);
        Assert.Contains(model.Diagnostics, d => d.Message.StartsWith("7 matrices are stored as codes", StringComparison.Ordinal));
    }

    /// <summary>The diagnostics of an import that must fail.</summary>
    public IReadOnlyList<Diagnostic> MustFail(TemporaryFolder folder, string quantisation)
    {
        Write(folder.Root, quantisation);
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(folder.Root, new DiagnosticBag());
        return Assert.Throws<CompilationException>(() => ModelImporter.Import(checkpoint)).Diagnostics;
    }
}
