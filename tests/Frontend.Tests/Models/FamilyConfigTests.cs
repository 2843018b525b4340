using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;
using Flightc.Numerics;

namespace Flightc.Tests.Models;

/// <summary>What families read of config.json, what they assume where it is silent, and what they refuse.</summary>
public sealed class FamilyConfigTests : IDisposable
{
    private const string Sizes = """
        "vocab_size": 90000, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 4, "num_attention_heads": 32
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("MistralForCausalLM", 8, 2, 131072, 1e-6, 10000, false, 1, 2)]
    [InlineData("Qwen2ForCausalLM", 32, 2, 32768, 1e-6, 10000, false, -1, -1)]
    [InlineData("Qwen3ForCausalLM", 32, 128, 32768, 1e-6, 10000, false, -1, -1)]
    [InlineData("Phi3ForCausalLM", 32, 2, 4096, 1e-5, 10000, false, 1, 32000)]
    [InlineData("GemmaForCausalLM", 16, 256, 8192, 1e-6, 10000, true, 2, 1)]
    [InlineData("Gemma2ForCausalLM", 4, 256, 8192, 1e-6, 10000, true, 2, 1)]
    [InlineData("Gemma3ForCausalLM", 4, 256, 131072, 1e-6, 1e6, true, 2, 1)]
    [InlineData("Starcoder2ForCausalLM", 2, 2, 4096, 1e-5, 10000, true, 50256, 50256)]
    [InlineData("SmolLM3ForCausalLM", 4, 2, 32768, 1e-6, 2e6, true, -1, -1)]
    [InlineData("GraniteForCausalLM", 32, 2, 2048, 1e-6, 10000, false, 1, 2)]
    public void What_is_not_stated_is_as_the_reference_implementation_assumes(
        string architecture, int kvHeads, int headSize, int positions, double epsilon, double theta, bool ties, int bos, int eos)
    {
        ModelConfig config = Read($$"""{ "architectures": ["{{architecture}}"], {{Sizes}} }""");

        Assert.Equal((kvHeads, headSize, positions, epsilon), (config.KeyValueHeadCount, config.HeadSize, config.MaxPositions, config.NormEpsilon));
        Assert.Equal((theta, ties), (config.RopeTheta, config.TiesEmbeddings));
        Assert.Equal(bos < 0 ? null : bos, config.BosTokenId);
        Assert.Equal(eos < 0 ? [] : [eos], config.EosTokenIds);
    }

    [Fact]
    public void Null_heads_of_keys_are_as_many_as_those_of_queries() => Assert.Equal(
        32, Read($$"""{ "architectures": ["MistralForCausalLM"], {{Sizes}}, "num_key_value_heads": null }""").KeyValueHeadCount);

    [Theory]
    [InlineData("", new[] { 4096, 4096, 4096, 4096 })]
    [InlineData(", \"sliding_window\": null", new[] { 0, 0, 0, 0 })]
    [InlineData(", \"sliding_window\": 77", new[] { 77, 77, 77, 77 })]
    public void Mistral_has_a_window_unless_it_is_null(string keys, int[] windows) =>
        Assert.Equal(windows, Windows($$"""{ "architectures": ["MistralForCausalLM"], {{Sizes}} {{keys}} }"""));

    [Theory]
    [InlineData(64, null, 64, 0)]
    [InlineData(64, null, 63, 63)]
    [InlineData(64, 65, 64, 64)]
    [InlineData(64, 65, 65, 0)]
    public void A_window_that_hides_nothing_is_none(int positions, int? length, int window, int expected)
    {
        string path = _folder.Write(
            "config.json",
            $$"""{ "architectures": ["MistralForCausalLM"], {{Sizes}}, "max_position_embeddings": {{positions}}, "sliding_window": {{window}} }""");

        Assert.Equal(expected, ModelConfig.TryRead(path, new DiagnosticBag(), length)!.Layer(0).Window);
    }

    [Theory]
    [InlineData("", new[] { 0, 0, 0, 0 })]
    [InlineData(", \"sliding_window\": 5", new[] { 0, 0, 0, 0 })]
    [InlineData(", \"use_sliding_window\": true", new[] { 0, 0, 0, 0 })]
    [InlineData(", \"use_sliding_window\": true, \"max_window_layers\": 3", new[] { 0, 0, 0, 4096 })]
    [InlineData(", \"use_sliding_window\": true, \"sliding_window\": 5, \"max_window_layers\": 0", new[] { 5, 5, 5, 5 })]
    [InlineData(", \"use_sliding_window\": true, \"sliding_window\": null, \"max_window_layers\": 0", new[] { 0, 0, 0, 0 })]
    public void Qwen_has_windows_from_a_layer_on_where_they_are_used(string keys, int[] windows)
    {
        Assert.Equal(windows, Windows($$"""{ "architectures": ["Qwen2ForCausalLM"], {{Sizes}} {{keys}} }"""));
        Assert.Equal(windows, Windows($$"""{ "architectures": ["Qwen3ForCausalLM"], {{Sizes}} {{keys}} }"""));
    }

    [Fact]
    public void Gemma_2_alternates_and_caps()
    {
        ModelConfig config = Read($$"""{ "architectures": ["Gemma2ForCausalLM"], {{Sizes}} }""");

        Assert.Equal([4096, 0, 4096, 0], Enumerable.Range(0, 4).Select(i => config.Layer(i).Window));
        Assert.Equal((50f, 30f), (config.Attention.Cap, config.Ends.LogitCap));
        Assert.Null(config.Attention.Scale);
        Assert.Equal((8.0, true), (config.Ends.Scale, config.Ends.RoundsScale));
    }

    [Fact]
    public void Gemma_3_turns_its_kinds_of_layers_by_bases_of_their_own()
    {
        ModelConfig config = Read($$"""
            { "architectures": ["Gemma3ForCausalLM"], {{Sizes}}, "num_hidden_layers": 7, "rope_scaling": { "rope_type": "linear", "factor": 8.0 } }
            """.Replace("\"num_hidden_layers\": 4, ", "", StringComparison.Ordinal));

        Assert.Equal([4096, 4096, 4096, 4096, 4096, 0, 4096], Enumerable.Range(0, 7).Select(i => config.Layer(i).Window));
        Assert.Equal(new RotaryAngles(10_000, 256), config.Layer(0).Rotary);
        Assert.Equal(RotaryScaling.Linear(1_000_000, 256, 8), config.Layer(5).Rotary);
        Assert.Equal((0f, 0f), (config.Attention.Cap, config.Ends.LogitCap));
    }

    [Fact]
    public void A_nested_decoder_takes_its_tokens_from_beside_it()
    {
        DiagnosticBag bag = new();
        string path = _folder.Write(
            "config.json",
            """
            { "architectures": ["Gemma3ForConditionalGeneration"], "model_type": "gemma3", "eos_token_id": [1, 106],
              "text_config": { "model_type": "gemma3_text", "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2 } }
            """);

        ModelConfig config = ModelConfig.TryRead(path, bag)!;

        Assert.Equal((262_208, 8, 4, 256), (config.VocabularySize, config.HeadCount, config.KeyValueHeadCount, config.HeadSize));
        Assert.Equal([1, 106], config.EosTokenIds);
        Assert.Equal((Codes.ModelNote, Severity.Note), (bag.Items.Single().Code, bag.Items[0].Severity));
    }

    [Fact]
    public void A_fault_in_a_nested_object_is_reported_with_the_whole_name_of_its_key()
    {
        Diagnostic fault = Fault("""
            { "architectures": ["Gemma3ForConditionalGeneration"],
              "text_config": { "hidden_size": 64, "intermediate_size": -1, "num_hidden_layers": 2 } }
            """);

        Assert.Contains("'text_config.intermediate_size' is -1", fault.Message, StringComparison.Ordinal);
        Assert.EndsWith("config.json:2:3", fault.Location, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, true, 512)]
    [InlineData(512, true, 512)]
    [InlineData(65, true, 512)]
    [InlineData(64, false, 64)]
    [InlineData(9, false, 64)]
    public void The_wanted_length_chooses_the_factors_of_LongRoPE(int? length, bool isLong, int positions)
    {
        DiagnosticBag bag = new();
        string path = _folder.Write(
            "config.json",
            $$"""
            { "architectures": ["Phi3ForCausalLM"], {{Sizes}}, "head_dim": 4, "max_position_embeddings": 512, "original_max_position_embeddings": 64,
              "rope_scaling": { "type": "su", "short_factor": [1, 1.5], "long_factor": [2, 16] } }
            """);

        ModelConfig config = ModelConfig.TryRead(path, bag, length)!;

        double magnitude = Math.Sqrt(1 + (Math.Log(8) / Math.Log(64)));
        Assert.Equal(isLong ? [2, 16] : [1, 1.5], config.Layer(0).Rotary!.Divisors);
        Assert.Equal((float)magnitude, (float)config.Layer(0).Rotary!.Magnitude);
        Assert.Equal(positions, config.MaxPositions);
        Assert.Contains(isLong ? "'long_factor' is compiled" : "'short_factor' is compiled", bag.Items.Single().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Dynamic_scaling_is_none_up_to_the_positions_of_the_model_and_refused_beyond()
    {
        string path = _folder.Write(
            "config.json",
            $$"""{ "architectures": ["LlamaForCausalLM"], {{Sizes}}, "max_position_embeddings": 64, "rope_scaling": { "type": "dynamic", "factor": 2.0 } }""");
        DiagnosticBag bag = new();

        Assert.Equal(new RotaryAngles(10_000, 2), ModelConfig.TryRead(path, bag, 64)!.Layer(0).Rotary);
        Assert.Equal(Severity.Note, Assert.Single(bag.Items).Severity);
        Assert.Null(ModelConfig.TryRead(path, bag, 65));
        Assert.Contains("beyond 64 positions", bag.Items[^1].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(""" "factor": 4 """, 0.1 * 1.3862943611198906 + 1)]
    [InlineData(""" "factor": 4, "attention_factor": 0.5 """, 0.5)]
    [InlineData(""" "factor": 4, "mscale": 0.7, "mscale_all_dim": 1.0 """, (0.07 * 1.3862943611198906 + 1) / (0.1 * 1.3862943611198906 + 1))]
    [InlineData(""" "factor": 4, "mscale": 0.7 """, 0.1 * 1.3862943611198906 + 1)]
    [InlineData(""" "factor": 0.5 """, 1.0)]
    public void The_magnitude_of_YaRN_follows_from_its_factor_or_is_stated(string keys, double magnitude)
    {
        ModelConfig config = Read(
            $$"""{ "architectures": ["LlamaForCausalLM"], {{Sizes}}, "head_dim": 32, "rope_scaling": { "rope_type": "yarn", {{keys}} } }""");

        Assert.Equal(magnitude, config.Layer(0).Rotary!.Magnitude, 1e-6);
    }

    [Fact]
    public void Both_forms_of_rotary_settings_mean_the_same()
    {
        const string settings = "\"factor\": 8.0, \"low_freq_factor\": 1.0, \"high_freq_factor\": 4.0, \"original_max_position_embeddings\": 256";
        ModelConfig old = Read(
            $$"""{ "architectures": ["LlamaForCausalLM"], {{Sizes}}, "head_dim": 32, "rope_theta": 5e5, "rope_scaling": { "rope_type": "llama3", {{settings}} } }""");
        ModelConfig now = Read(
            $$"""{ "architectures": ["LlamaForCausalLM"], {{Sizes}}, "head_dim": 32, "rope_parameters": { "rope_theta": 500000, "rope_type": "llama3", {{settings}} } }""");

        Assert.Equal(old.Layer(3), now.Layer(3));
        Assert.Equal(16, now.Layer(3).Rotary!.Divisors.Count);
    }

    [Fact]
    public void A_share_of_a_head_may_be_turned_wherever_it_is_stated()
    {
        Assert.Equal(8, Read($$"""{ "architectures": ["LlamaForCausalLM"], {{Sizes}}, "head_dim": 32, "partial_rotary_factor": 0.25 }""").Layer(0).Rotary!.Dim);
        Assert.Equal(
            24, Read($$"""{ "architectures": ["Phi3ForCausalLM"], {{Sizes}}, "head_dim": 32, "rope_parameters": { "partial_rotary_factor": 0.75 } }""").Layer(0).Rotary!.Dim);
    }

    [Fact]
    public void OPT_is_read_by_its_own_keys()
    {
        ModelConfig config = Read("""
            { "model_type": "opt", "vocab_size": 50272, "hidden_size": 64, "ffn_dim": 100, "num_hidden_layers": 2, "num_attention_heads": 4, "enable_bias": false }
            """);

        Assert.Equal(("OPTForCausalLM", 100, 4, 16, 2048), (
            config.Architecture, config.IntermediateSize, config.KeyValueHeadCount, config.HeadSize, config.MaxPositions));
        Assert.Equal((2, true, 1e-5), (config.Ends.PositionOffset, config.TiesEmbeddings, config.NormEpsilon));
        Assert.Equal(new MlpSettings(ActivationFunction.Relu, IsGated: false), config.Mlp);
        Assert.Equal(new AttentionSettings(), config.Attention);
        Assert.Null(config.Layer(0).Rotary);
    }

    [Theory]
    [InlineData("\"n_embd\": 64, \"n_layer\": 2, \"n_head\": 4")]
    [InlineData("\"hidden_size\": 64, \"num_hidden_layers\": 2, \"num_attention_heads\": 4, \"n_inner\": null")]
    public void GPT_2_is_read_by_its_own_keys_and_the_usual_ones(string keys)
    {
        ModelConfig config = Read($$"""{ "model_type": "gpt2", "vocab_size": 50257, {{keys}} }""");

        Assert.Equal((64, 256, 2, 4, 16, 1024), (
            config.HiddenSize, config.IntermediateSize, config.LayerCount, config.HeadCount, config.HeadSize, config.MaxPositions));
        Assert.Equal(50256, config.BosTokenId);
        Assert.Equal(new MlpSettings(ActivationFunction.GeluTanh, IsGated: false, HasBias: true), config.Mlp);
    }

    [Fact]
    public void SmolLM3_leaves_every_fourth_layer_unturned() => Assert.Equal(
        [true, true, true, false],
        Enumerable.Range(0, 4).Select(Read($$"""{ "architectures": ["SmolLM3ForCausalLM"], {{Sizes}} }""").Layer).Select(layer => layer.Rotary is not null));

    [Theory]
    [InlineData("OPTForCausalLM", "\"do_layer_norm_before\": false", "'do_layer_norm_before' is false")]
    [InlineData("OPTForCausalLM", "\"word_embed_proj_dim\": 32", "'word_embed_proj_dim' is 32")]
    [InlineData("OPTForCausalLM", "\"layer_norm_elementwise_affine\": false", "'layer_norm_elementwise_affine' is false")]
    [InlineData("OPTForCausalLM", "\"_remove_final_layer_norm\": true", "'_remove_final_layer_norm' is true")]
    [InlineData("GPT2LMHeadModel", "\"add_cross_attention\": true", "'add_cross_attention' is true")]
    [InlineData("Gemma3ForCausalLM", "\"use_bidirectional_attention\": true", "'use_bidirectional_attention' is true")]
    [InlineData("Gemma2ForCausalLM", "\"layer_types\": [\"full_attention\", \"chunked_attention\", \"full_attention\", \"full_attention\"]", "'layer_types' has 'chunked_attention'")]
    [InlineData("Gemma2ForCausalLM", "\"hidden_activation\": \"mish\"", "'hidden_activation' is 'mish'")]
    [InlineData("Qwen2ForCausalLM", "\"rope_scaling\": { \"type\": \"mrope\" }", "of type 'mrope'")]
    public void What_cannot_be_compiled_is_refused_with_the_key(string architecture, string keys, string reason)
    {
        Diagnostic fault = Fault($$"""{ "architectures": ["{{architecture}}"], {{Sizes}}, "ffn_dim": 8, {{keys}} }""");

        Assert.Equal(Codes.FeatureUnsupported, fault.Code);
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Gemma2ForCausalLM", "\"layer_types\": [\"full_attention\"]", "'layer_types' has 1 entries; 4 are wanted")]
    [InlineData("Qwen2ForCausalLM", "\"layer_types\": [\"sliding_attention\", \"full_attention\", \"full_attention\", \"full_attention\"]", "'use_sliding_window' is not true")]
    [InlineData("Gemma3ForCausalLM", "\"sliding_window\": null", "'sliding_window' is null, but there are layers with a window")]
    [InlineData("SmolLM3ForCausalLM", "\"no_rope_layers\": [1, 0]", "'no_rope_layers' has 2 entries; 4 are wanted")]
    [InlineData("SmolLM3ForCausalLM", "\"no_rope_layers\": [1, 2, 0, 0]", "'no_rope_layers' is an array; a list of 0 and 1 is wanted")]
    [InlineData("GraniteForCausalLM", "\"logits_scaling\": 0", "'logits_scaling' is 0")]
    [InlineData("MistralForCausalLM", "\"num_key_value_heads\": 5", "'num_key_value_heads' is 5; a divisor of 'num_attention_heads', which is 32")]
    public void What_contradicts_itself_is_refused_with_the_key(string architecture, string keys, string reason)
    {
        Diagnostic fault = Fault($$"""{ "architectures": ["{{architecture}}"], {{Sizes}}, {{keys}} }""");

        Assert.Equal(Codes.ConfigInvalid, fault.Code);
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_architecture_and_type_belongs_to_one_family()
    {
        Assert.Distinct(ModelFamilies.All.SelectMany(f => f.Architectures));
        Assert.Distinct(ModelFamilies.All.SelectMany(f => f.ModelTypes));
        Assert.Distinct(ModelFamilies.All.Select(f => f.Name));
    }

    private int[] Windows(string json)
    {
        ModelConfig config = Read(json);
        return [.. Enumerable.Range(0, config.LayerCount).Select(i => config.Layer(i).Window)];
    }

    private ModelConfig Read(string json) => ModelConfig.Read(_folder.Write("config.json", json));

    private Diagnostic Fault(string json) =>
        Assert.Single(Assert.Throws<CompilationException>(() => Read(json)).Diagnostics, d => d.Severity is Severity.Error);
}
