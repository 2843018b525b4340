using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.Models;
using Flightc.Oracle;
using Flightc.Reference;

namespace Flightc.Tests.Families;

/// <summary>
/// Every family: a random checkpoint as the hub has it, imported and executed, against its published definition composed of elementary ONNX operators and
/// executed by ONNX Runtime.
/// </summary>
public sealed class FamilyTests
{
    private const double Tolerance = 1e-4;
    private const int Vocabulary = 61;

    // Beyond every window, and beyond the original positions of scaled ones.
    private const int Tokens = 70;

    // What follows the prompt is computed token by token.
    private const int Prompt = 53;

    private static readonly int[] Ids = [.. Enumerable.Range(0, Tokens).Select(i => ((i * 29) + (i * i % 17)) % Vocabulary)];

    [Theory]
    [InlineData(false, "F32")]
    [InlineData(true, "F64")]
    public void LLaMA_is_as_published(bool hasBias, string type) => Compare(FamilyCheckpoints.Llama(hasBias, type), PublishedLlama.Compose);

    [Fact]
    public void Mistral_is_as_published() => Compare(FamilyCheckpoints.Mistral(), PublishedMistral.Compose);

    [Fact]
    public void Qwen_2_is_as_published() => Compare(FamilyCheckpoints.Qwen2(), PublishedQwen2.Compose);

    [Fact]
    public void Qwen_3_is_as_published() => Compare(FamilyCheckpoints.Qwen3(), PublishedQwen3.Compose);

    [Fact]
    public void Phi_3_is_as_published_for_long_sequences() =>
        Compare(FamilyCheckpoints.Phi3(), (folder, tokens) => PublishedPhi3.Compose(folder, tokens, isLong: true));

    [Fact]
    public void Phi_3_is_as_published_for_short_sequences() => Compare(
        FamilyCheckpoints.Phi3(), (folder, tokens) => PublishedPhi3.Compose(folder, tokens, isLong: false), length: 32);

    [Fact]
    public void Gemma_is_as_published() => Compare(FamilyCheckpoints.Gemma(), PublishedGemma.Compose);

    [Fact]
    public void Gemma_2_is_as_published() => Compare(FamilyCheckpoints.Gemma2(), PublishedGemma2.Compose);

    [Fact]
    public void Gemma_3_is_as_published_within_a_model_that_sees() => Compare(FamilyCheckpoints.Gemma3(), PublishedGemma3.ComposeNested);

    [Fact]
    public void Gemma_3_is_as_published_by_itself() => Compare(FamilyCheckpoints.Gemma3Text(), PublishedGemma3.ComposeText);

    [Fact]
    public void OPT_is_as_published() => Compare(FamilyCheckpoints.Opt(), PublishedOpt.Compose);

    [Fact]
    public void GPT_2_is_as_published() => Compare(FamilyCheckpoints.Gpt2(), (folder, tokens) => PublishedGpt2.Compose(folder, tokens));

    [Fact]
    public void GPT_2_may_scale_its_scores_by_layer() => Compare(
        FamilyCheckpoints.Gpt2().With("""{ "scale_attn_by_inverse_layer_idx": true, "reorder_and_upcast_attn": true }"""),
        (folder, tokens) => PublishedGpt2.Compose(folder, tokens, (layer, size) => 1 / Math.Sqrt(size) / (layer + 1)));

    [Fact]
    public void StarCoder2_is_as_published() => Compare(FamilyCheckpoints.Starcoder2(), PublishedStarcoder2.Compose);

    [Fact]
    public void SmolLM3_is_as_published() => Compare(FamilyCheckpoints.SmolLm3(), PublishedSmolLm3.Compose);

    [Fact]
    public void Granite_is_as_published() => Compare(FamilyCheckpoints.Granite(), PublishedGranite.Compose);

    /// <summary>What a test of equality cannot see: that every setting reaches the logits of these checkpoints.</summary>
    [Theory]
    [InlineData("llama", """{ "rms_norm_eps": 0.03 }""")]
    [InlineData("llama", """{ "rope_theta": 400.0 }""")]
    [InlineData("llama", """{ "rope_scaling": null }""")]
    [InlineData("llama", """{ "hidden_act": "gelu" }""")]
    [InlineData("mistral", """{ "sliding_window": 8 }""")]
    [InlineData("mistral", """{ "sliding_window": null }""")]
    [InlineData("qwen2", """{ "max_window_layers": 2 }""")]
    [InlineData("qwen2", """{ "layer_types": ["sliding_attention", "full_attention", "sliding_attention"] }""")]
    [InlineData("qwen2", """{ "use_sliding_window": false }""")]
    [InlineData("qwen3", """{ "rms_norm_eps": 0.02 }""")]
    [InlineData("qwen3", """{ "rope_scaling": { "rope_type": "linear", "factor": 4.0 } }""")]
    [InlineData("qwen3", """{ "rope_scaling": { "rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64, "attention_factor": 1.0 } }""")]
    [InlineData("phi3", """{ "sliding_window": 49 }""")]
    [InlineData("phi3", """{ "rope_scaling": null }""")]
    [InlineData("gemma", """{ "hidden_activation": "quick_gelu" }""")]
    [InlineData("gemma2", """{ "attn_logit_softcapping": null }""")]
    [InlineData("gemma2", """{ "final_logit_softcapping": null }""")]
    [InlineData("gemma2", """{ "query_pre_attn_scalar": 16 }""")]
    [InlineData("gemma2", """{ "layer_types": ["full_attention", "sliding_attention", "full_attention"] }""")]
    [InlineData("opt", """{ "activation_function": "gelu" }""")]
    [InlineData("gpt2", """{ "activation_function": "relu" }""")]
    [InlineData("gpt2", """{ "scale_attn_weights": false }""")]
    [InlineData("gpt2", """{ "layer_norm_epsilon": 0.02 }""")]
    [InlineData("starcoder2", """{ "sliding_window": null }""")]
    [InlineData("smollm3", """{ "no_rope_layers": [1, 1, 0] }""")]
    [InlineData("granite", """{ "residual_multiplier": 0.25 }""")]
    [InlineData("granite", """{ "attention_multiplier": 0.12 }""")]
    public void Every_setting_shows_in_the_logits(string family, string change)
    {
        using TemporaryFolder folder = new();

        float[] before = Logits(folder, FamilyCheckpoints.All[family](), null);
        float[] after = Logits(folder, FamilyCheckpoints.All[family]().With(change), null);

        Assert.True(TestOracle.Difference(after, before) > 10 * Tolerance);
    }

    [Fact]
    public void No_family_is_left_out() =>
        Assert.Equal(ModelFamilies.All.Select(family => family.Name).Order(StringComparer.Ordinal), FamilyCheckpoints.All.Keys.Order(StringComparer.Ordinal));

    /// <summary>The larger sets of transformers' names of one function are one function.</summary>
    [Theory]
    [InlineData("gelu_new")]
    [InlineData("gelu_fast")]
    public void Names_of_one_function_mean_one_function(string name)
    {
        using TemporaryFolder folder = new();

        Assert.Equal(
            Logits(folder, FamilyCheckpoints.Starcoder2(), null),
            Logits(folder, FamilyCheckpoints.Starcoder2().With($$"""{ "hidden_act": "{{name}}" }"""), null));
    }

    private static void Compare(FamilyCheckpoint checkpoint, Func<string, int, byte[]> compose, int? length = null)
    {
        using TemporaryFolder folder = new();
        int[] ids = Ids[..Math.Min(Tokens, length ?? Tokens)];
        float[] found = Logits(folder, checkpoint, length);

        float[] expected = OracleTensor.Floats(
            TestOracle.Run(
                compose(folder.Root, ids.Length), ("ids", OracleTensor.Of(Array.ConvertAll(ids, id => (long)id), ids.Length)))["logits"]);

        Assert.InRange(TestOracle.Difference(found, expected), 0, Tolerance);
    }

    private static float[] Logits(TemporaryFolder folder, FamilyCheckpoint checkpoint, int? length)
    {
        checkpoint.Write(folder.Root, seed: 11);
        DiagnosticBag bag = new();
        using HuggingFaceCheckpoint opened = HuggingFaceCheckpoint.Open(folder.Root, bag);
        ImportedModel model = ModelImporter.Import(opened, hash: false, length);
        Assert.DoesNotContain(bag.Items.Concat(model.Diagnostics), d => d.Severity != Severity.Note);
        FloatExecutor executor = new(model.Graph, model.Weights, threads: 1);
        FloatSequence sequence = executor.NewSequence();
        int[] ids = Ids[..Math.Min(Tokens, length ?? Tokens)];
        int prompt = Math.Min(Prompt, ids.Length - 5);
        List<float[]> rows = [.. executor.Run(sequence, ids.AsSpan(0, prompt))];
        for (int i = prompt; i < ids.Length; i++)
        {
            rows.AddRange(executor.Run(sequence, ids.AsSpan(i, 1), isPrompt: false));
        }

        return [.. rows.SelectMany(row => row)];
    }
}
