using System.Text.Json.Nodes;
using Flightc.Diagnostics;
using Flightc.Models;

namespace Flightc.Tests.Checkpoints;

public sealed class ModelConfigTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_shipped_sample_is_read_whole()
    {
        ModelConfig config = ModelConfig.Read(Path.Combine(TestData.Stories, "config.json"));

        Assert.Equal("LlamaForCausalLM", config.Architecture);
        Assert.Equal((1024, 256, 512, 4), (config.VocabularySize, config.HiddenSize, config.IntermediateSize, config.LayerCount));
        Assert.Equal((8, 4, 32, 512), (config.HeadCount, config.KeyValueHeadCount, config.HeadSize, config.MaxPositions));
        Assert.Equal((1e-5, 10000.0, true), (config.NormEpsilon, config.RopeTheta, config.TiesEmbeddings));
        Assert.Equal(1, config.BosTokenId);
        Assert.Equal([2], config.EosTokenIds);
    }

    [Fact]
    public void The_wider_models_are_read()
    {
        Assert.Equal(16, ModelConfig.Read(TestData.Wider("models", "tinystories-656k", "config.json")).HeadSize);

        ModelConfig config = ModelConfig.Read(TestData.Wider("models", "gpt2-char-shakespeare", "config.json"));
        Assert.Equal(("gpt2", 65, 128, 512, 4, 32, 128), (
            config.Family.Name, config.VocabularySize, config.HiddenSize, config.IntermediateSize, config.LayerCount, config.HeadSize, config.MaxPositions));
    }

    [Fact]
    public void What_is_not_stated_is_as_the_family_assumes()
    {
        ModelConfig config = ModelConfig.Read(Write(_ => { }));

        Assert.Equal((4, 4, 16), (config.HeadCount, config.KeyValueHeadCount, config.HeadSize));
        Assert.Equal((1e-6, 10000.0, false, 2048), (config.NormEpsilon, config.RopeTheta, config.TiesEmbeddings, config.MaxPositions));
        Assert.Equal(1, config.BosTokenId);
        Assert.Equal([2], config.EosTokenIds);
    }

    [Fact]
    public void Null_means_absent_for_sizes_and_none_for_tokens()
    {
        ModelConfig config = ModelConfig.Read(Write(json =>
        {
            json["head_dim"] = null;
            json["num_key_value_heads"] = null;
            json["rope_scaling"] = null;
            json["bos_token_id"] = null;
            json["eos_token_id"] = null;
        }));

        Assert.Equal(16, config.HeadSize);
        Assert.Null(config.BosTokenId);
        Assert.Empty(config.EosTokenIds);
    }

    [Fact]
    public void A_head_may_be_wider_than_its_share_of_the_hidden_size() =>
        Assert.Equal(48, ModelConfig.Read(Write(json => json["head_dim"] = 48)).HeadSize);

    [Theory]
    [InlineData("""{"rope_theta":500000.0}""")]
    [InlineData("""{"rope_parameters":{"rope_theta":500000,"rope_type":"default"}}""")]
    [InlineData("""{"rope_parameters":{"rope_theta":5e5}}""")]
    [InlineData("""{"rope_theta":500000,"rope_scaling":{"type":"default"}}""")]
    [InlineData("""{"rope_theta":500000,"rope_parameters":{"rope_theta":500000.0,"rope_type":"default"},"partial_rotary_factor":1.0}""")]
    public void Rotary_settings_are_found_in_their_old_and_new_place(string keys) =>
        Assert.Equal(500000, ModelConfig.Read(Write(json => Merge(json, keys))).RopeTheta);

    [Theory]
    [InlineData("""{"eos_token_id":[5,7]}""", new[] { 5, 7 })]
    [InlineData("""{"eos_token_id":99}""", new[] { 99 })]
    [InlineData("""{"eos_token_id":[]}""", new int[0])]
    public void A_sequence_may_end_with_one_of_several_tokens(string keys, int[] expected) =>
        Assert.Equal(expected, ModelConfig.Read(Write(json => Merge(json, keys))).EosTokenIds);

    [Theory]
    [InlineData("""{"vocab_size":"100"}""", Codes.ConfigInvalid, "'vocab_size' is the string '100'; an integer from 1 to 16777216 is wanted")]
    [InlineData("""{"vocab_size":0}""", Codes.ConfigInvalid, "'vocab_size' is 0")]
    [InlineData("""{"hidden_size":-64}""", Codes.ConfigInvalid, "'hidden_size' is -64")]
    [InlineData("""{"hidden_size":64.5}""", Codes.ConfigInvalid, "'hidden_size' is 64.5")]
    [InlineData("""{"hidden_size":99999999999999999999}""", Codes.ConfigInvalid, "'hidden_size' is 99999999999999999999")]
    [InlineData("""{"intermediate_size":[1]}""", Codes.ConfigInvalid, "'intermediate_size' is an array")]
    [InlineData("""{"num_hidden_layers":4097}""", Codes.ConfigInvalid, "'num_hidden_layers' is 4097; an integer from 1 to 4096")]
    [InlineData("""{"num_attention_heads":null}""", Codes.ConfigInvalid, "'num_attention_heads' is missing")]
    [InlineData("""{"num_key_value_heads":3}""", Codes.ConfigInvalid, "'num_key_value_heads' is 3; a divisor of 'num_attention_heads', which is 4")]
    [InlineData("""{"num_key_value_heads":8}""", Codes.ConfigInvalid, "'num_key_value_heads' is 8; a divisor")]
    [InlineData("""{"hidden_size":66}""", Codes.ConfigInvalid, "'hidden_size' is 66; without 'head_dim' a multiple")]
    [InlineData("""{"hidden_size":68}""", Codes.ConfigInvalid, "a head has 17 elements; an even number")]
    [InlineData("""{"head_dim":15}""", Codes.ConfigInvalid, "a head has 15 elements")]
    [InlineData("""{"num_attention_heads":16384,"head_dim":16384}""", Codes.ConfigInvalid, "16384 heads of 16384 elements")]
    [InlineData("""{"rms_norm_eps":0}""", Codes.ConfigInvalid, "'rms_norm_eps' is 0")]
    [InlineData("""{"rms_norm_eps":"1e-5"}""", Codes.ConfigInvalid, "'rms_norm_eps' is the string '1e-5'")]
    [InlineData("""{"rope_theta":1e999}""", Codes.ConfigInvalid, "'rope_theta' is 1e999")]
    [InlineData("""{"rope_theta":1,"rope_parameters":{"rope_theta":2}}""", Codes.ConfigInvalid, "'rope_theta' is 1 here and 2 in 'rope_parameters'")]
    [InlineData("""{"rope_parameters":{"rope_theta":"x"}}""", Codes.ConfigInvalid, "'rope_parameters.rope_theta' is the string 'x'")]
    [InlineData("""{"rope_parameters":7}""", Codes.ConfigInvalid, "'rope_parameters' is 7; an object is wanted")]
    [InlineData("""{"rope_scaling":{"factor":8.0}}""", Codes.ConfigInvalid, "'rope_scaling' has a 'factor' but no 'rope_type'")]
    [InlineData("""{"rope_scaling":{"rope_type":"mrope","factor":8.0}}""", Codes.FeatureUnsupported, "of type 'mrope', which cannot be compiled; one of these is wanted: default, linear")]
    [InlineData("""{"rope_scaling":{"type":"linear"}}""", Codes.ConfigInvalid, "'rope_scaling.factor' is missing; a number above 0 is wanted")]
    [InlineData("""{"rope_scaling":{"type":"linear","factor":0}}""", Codes.ConfigInvalid, "'rope_scaling.factor' is 0")]
    [InlineData("""{"rope_parameters":{"rope_type":"llama3","factor":8,"low_freq_factor":4,"high_freq_factor":4,"original_max_position_embeddings":64}}""", Codes.ConfigInvalid, "'rope_parameters.high_freq_factor' is 4; more than 'low_freq_factor', which is 4")]
    [InlineData("""{"rope_scaling":{"type":"longrope","short_factor":[1,1,1],"long_factor":[1,1,1,1,1,1,1,1]}}""", Codes.ConfigInvalid, "'rope_scaling.short_factor' has 3 numbers; 8 are wanted")]
    [InlineData("""{"rope_scaling":{"type":"su","long_factor":[1,1,1,1,1,1,1,1]}}""", Codes.ConfigInvalid, "'rope_scaling.short_factor' is missing; a list of 8 numbers")]
    [InlineData("""{"rope_scaling":{"type":"longrope","short_factor":[1,1,1,1,1,1,1,1],"long_factor":[1,1,1,1,1,1,1,0]}}""", Codes.ConfigInvalid, "'rope_scaling.long_factor' is an array; a list of numbers above 0")]
    [InlineData("""{"rope_scaling":{"type":"longrope","short_mscale":1.1,"short_factor":[1,1,1,1,1,1,1,1],"long_factor":[1,1,1,1,1,1,1,2]}}""", Codes.FeatureUnsupported, "'rope_scaling.short_mscale' is known of mixtures")]
    [InlineData("""{"rope_theta":1,"rope_scaling":{"type":"yarn","factor":2}}""", Codes.ConfigInvalid, "'rope_theta' is 1, for which 'yarn' says nothing")]
    [InlineData("""{"rope_theta":0.5}""", Codes.FeatureUnsupported, "'rope_theta' is 0.5; a number from 1 is wanted")]
    [InlineData("""{"rope_parameters":{"full_attention":{"rope_theta":1}}}""", Codes.FeatureUnsupported, "differs between layers")]
    [InlineData("""{"partial_rotary_factor":0.45}""", Codes.FeatureUnsupported, "7 of the 16 elements of a head are turned; an even number is wanted")]
    [InlineData("""{"max_position_embeddings":0}""", Codes.ConfigInvalid, "'max_position_embeddings' is 0")]
    [InlineData("""{"tie_word_embeddings":1}""", Codes.ConfigInvalid, "'tie_word_embeddings' is 1; true or false is wanted")]
    [InlineData("""{"bos_token_id":100}""", Codes.ConfigInvalid, "'bos_token_id' is 100; an integer from 0 to 99")]
    [InlineData("""{"eos_token_id":[2,100]}""", Codes.ConfigInvalid, "'eos_token_id' has 100; a token id from 0 to 99")]
    [InlineData("""{"eos_token_id":{}}""", Codes.ConfigInvalid, "'eos_token_id' has an object")]
    [InlineData("""{"hidden_act":"mish"}""", Codes.FeatureUnsupported, "'hidden_act' is 'mish', which cannot be compiled; one of these is wanted: silu, swish, gelu")]
    [InlineData("""{"attention_bias":"yes"}""", Codes.ConfigInvalid, "'attention_bias' is the string 'yes'")]
    [InlineData("""{"mlp_bias":"no"}""", Codes.ConfigInvalid, "'mlp_bias' is the string 'no'")]
    [InlineData("""{"architectures":["MistralForCausalLM"]}""", Codes.ArchitectureUnsupported, "'model_type' is 'llama'; 'mistral' is wanted, the type of MistralForCausalLM")]
    [InlineData("""{"architectures":["MixtralForCausalLM"]}""", Codes.ArchitectureUnsupported, "'MixtralForCausalLM' cannot be compiled: it is a mixture of experts")]
    [InlineData("""{"architectures":["Qwen2VLForConditionalGeneration"]}""", Codes.ArchitectureUnsupported, "it is a model that sees or hears")]
    [InlineData("""{"architectures":["BertForMaskedLM"]}""", Codes.ArchitectureUnsupported, "it is an encoder")]
    [InlineData("""{"architectures":["MambaForCausalLM"]}""", Codes.ArchitectureUnsupported, "it is a state-space or recurrent model")]
    [InlineData("""{"architectures":["NewForCausalLM"]}""", Codes.ArchitectureUnsupported, "'NewForCausalLM' cannot be compiled; one of these is wanted: LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM")]
    [InlineData("""{"architectures":null,"model_type":"qwen2_moe"}""", Codes.ArchitectureUnsupported, "'model_type' is 'qwen2_moe', which cannot be compiled: it is a mixture of experts")]
    [InlineData("""{"architectures":"LlamaForCausalLM"}""", Codes.ConfigInvalid, "a list of strings is wanted")]
    [InlineData("""{"architectures":[1]}""", Codes.ConfigInvalid, "a list of strings is wanted")]
    [InlineData("""{"model_type":"mistral"}""", Codes.ArchitectureUnsupported, "'model_type' is 'mistral'; 'llama' is wanted")]
    [InlineData("""{"architectures":[],"model_type":null}""", Codes.ArchitectureUnsupported, "neither 'architectures' nor 'model_type'")]
    public void One_fault_is_one_error_of_its_code(string keys, string code, string reason)
    {
        DiagnosticBag bag = new();
        Assert.Null(ModelConfig.TryRead(Write(json => Merge(json, keys)), bag));

        Diagnostic fault = Assert.Single(bag.Items);
        Assert.Equal(code, fault.Code);
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_are_reported_together_at_their_lines()
    {
        string path = _folder.Write("config.json", """
            {
              "architectures": ["LlamaForCausalLM"],
              "hidden_size": "wide",
                "num_attention_heads": 8,
              "num_key_value_heads": 3,
              "hidden_act": "mish"
            }
            """);
        DiagnosticBag bag = new();
        Assert.Null(ModelConfig.TryRead(path, bag));

        Assert.Equal(
            [
                $"{path} {Codes.ConfigInvalid}",
                $"{path}:3:3 {Codes.ConfigInvalid}",
                $"{path} {Codes.ConfigInvalid}",
                $"{path} {Codes.ConfigInvalid}",
                $"{path}:5:3 {Codes.ConfigInvalid}",
                $"{path}:6:3 {Codes.FeatureUnsupported}",
            ],
            bag.Items.Select(fault => $"{fault.Location} {fault.Code}"));
    }

    [Theory]
    [InlineData("", "not valid JSON")]
    [InlineData("{\"a\":1,}", "not valid JSON")]
    [InlineData("{\"a\":1,\"a\":2}", "not valid JSON")]
    [InlineData("{\"a\":{\"b\":1,\"b\":2}}", "not valid JSON")]
    [InlineData("{\"a\":\"\\ud800\"}", "not valid JSON")]
    [InlineData("{\"\\ud800\":1}", "not valid JSON")]
    [InlineData("{\"a\":NaN}", "not valid JSON")]
    [InlineData("null", "holds null; a JSON object is wanted")]
    [InlineData("\"x\"", "holds the string 'x'; a JSON object is wanted")]
    public void What_is_no_json_object_is_refused(string text, string reason) => RefusesFile(text, reason);

    [Fact]
    public void Hostile_files_are_refused()
    {
        RefusesFile(new string('[', 100_000), "not valid JSON");
        RefusesFile("{\"a\":\"" + new string('x', 16 << 20) + "\"}", "at most 16777216 are accepted");
        _folder.Write("config.json", [(byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}']);
        Assert.Contains("not valid UTF-8", Fault(_folder["config.json"]).Message, StringComparison.Ordinal);
        Assert.Equal(Codes.FileNotReadable, Fault(_folder["missing.json"]).Code);
        Assert.Equal(Codes.FileNotReadable, Fault(_folder.Root).Code);
    }

    [Fact]
    public void Generation_settings_are_all_optional()
    {
        GenerationConfig shipped = GenerationConfig.Read(Path.Combine(TestData.Stories, "generation_config.json"));
        Assert.Equal((1, false, 256), (shipped.BosTokenId, shipped.Samples, shipped.MaxNewTokens));
        Assert.Equal([2], shipped.EosTokenIds);

        GenerationConfig full = GenerationConfig.Read(_folder.Write(
            "generation_config.json", """{"eos_token_id":[1,2],"do_sample":true,"temperature":0,"top_k":50,"top_p":0.9,"unknown":{}}"""));
        Assert.Equal((true, 0.0, 50, 0.9), (full.Samples, full.Temperature, full.TopK, full.TopP));
        Assert.Equal([1, 2], full.EosTokenIds);
        Assert.Null(full.MaxNewTokens);

        Assert.Null(GenerationConfig.Read(_folder.Write("generation_config.json", "{}")).Temperature);
    }

    [Fact]
    public void Wrong_generation_settings_are_reported_together()
    {
        string path = _folder.Write(
            "generation_config.json",
            """{"bos_token_id":"1","eos_token_id":[-1],"do_sample":0,"temperature":-1,"top_k":1.5,"top_p":1.1,"max_new_tokens":0}""");
        DiagnosticBag bag = new();

        Assert.Null(GenerationConfig.TryRead(path, bag));
        Assert.Equal(7, bag.Items.Count);
        Assert.All(bag.Items, fault => Assert.Equal(Codes.ConfigInvalid, fault.Code));
    }

    private void RefusesFile(string text, string reason)
    {
        Diagnostic fault = Fault(_folder.Write("config.json", text));
        Assert.Equal(Codes.ConfigInvalid, fault.Code);
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    private static Diagnostic Fault(string path) =>
        Assert.Single(Assert.Throws<CompilationException>(() => ModelConfig.Read(path)).Diagnostics);

    private string Write(Action<JsonObject> change)
    {
        JsonObject json = new()
        {
            ["architectures"] = new JsonArray("LlamaForCausalLM"),
            ["model_type"] = "llama",
            ["vocab_size"] = 100,
            ["hidden_size"] = 64,
            ["intermediate_size"] = 128,
            ["num_hidden_layers"] = 2,
            ["num_attention_heads"] = 4,
        };
        change(json);
        return _folder.Write("config.json", json.ToJsonString());
    }

    private static void Merge(JsonObject json, string keys)
    {
        foreach ((string key, JsonNode? value) in JsonNode.Parse(keys)!.AsObject())
        {
            json[key] = value?.DeepClone();
        }
    }
}
