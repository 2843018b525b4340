namespace Flightc.Tests;

/// <summary>A small random checkpoint of every family, in the layout that its reference implementation writes.</summary>
internal static class FamilyCheckpoints
{
    private const string Sizes = """
        "vocab_size": 61, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4,
        "num_key_value_heads": 2, "max_position_embeddings": 256, "bos_token_id": 0, "eos_token_id": 1
        """;

    /// <summary>One of each family, by its name.</summary>
    public static IReadOnlyDictionary<string, Func<FamilyCheckpoint>> All { get; } = new Dictionary<string, Func<FamilyCheckpoint>>(StringComparer.Ordinal)
    {
        ["llama"] = () => Llama(), ["mistral"] = Mistral, ["qwen2"] = Qwen2, ["qwen3"] = Qwen3, ["phi3"] = Phi3, ["gemma"] = Gemma, ["gemma2"] = Gemma2,
        ["gemma3"] = Gemma3, ["opt"] = Opt, ["gpt2"] = Gpt2, ["starcoder2"] = Starcoder2, ["smollm3"] = SmolLm3, ["granite"] = Granite,
    };

    private static string SixHeads { get; } = Sizes
        .Replace("\"num_attention_heads\": 4", "\"num_attention_heads\": 6", StringComparison.Ordinal)
        .Replace("\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3", StringComparison.Ordinal);

    /// <summary>LLaMA, untied, with the scaling of LLaMA 3.1.</summary>
    public static FamilyCheckpoint Llama(bool hasBias = false, string type = "F32") => new($$"""
            {
              "architectures": ["LlamaForCausalLM"], "model_type": "llama", {{Sizes}}, "hidden_act": "silu", "rms_norm_eps": 0.02,
              "rope_theta": 500.0, "rope_scaling": {
                "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 32 },
              "attention_bias": {{(hasBias ? "true" : "false")}}, "mlp_bias": {{(hasBias ? "true" : "false")}}, "tie_word_embeddings": false
            }
            """) { Type = type };

    /// <summary>Mistral, with a window.</summary>
    public static FamilyCheckpoint Mistral() => new($$"""
            {
              "architectures": ["MistralForCausalLM"], "model_type": "mistral", {{Sizes}}, "hidden_act": "silu", "rms_norm_eps": 1e-05,
              "rope_theta": 10000.0, "sliding_window": 9, "head_dim": 16, "tie_word_embeddings": false
            }
            """) { Type = "BF16", Shards = 3 };

    /// <summary>Qwen 2, with biases, and windows from its second layer on.</summary>
    public static FamilyCheckpoint Qwen2() => new($$"""
            {
              "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", {{Sizes}}, "hidden_act": "silu", "rms_norm_eps": 1e-06,
              "rope_theta": 1000000.0, "sliding_window": 7, "use_sliding_window": true, "max_window_layers": 1, "tie_word_embeddings": true
            }
            """);

    /// <summary>Qwen 3, with norms of heads that are wider than their share, and YaRN.</summary>
    public static FamilyCheckpoint Qwen3() => new($$"""
            {
              "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", {{Sizes}}, "hidden_act": "silu", "rms_norm_eps": 0.01,
              "head_dim": 20, "rope_theta": 10000.0,
              "rope_scaling": { "rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64 }, "tie_word_embeddings": true
            }
            """) { Type = "F16" };

    /// <summary>Phi-3, fused, with LongRoPE and a window.</summary>
    public static FamilyCheckpoint Phi3() => new($$"""
            {
              "architectures": ["Phi3ForCausalLM"], "model_type": "phi3", {{SixHeads}}, "hidden_act": "silu", "rms_norm_eps": 1e-05,
              "rope_theta": 10000.0, "original_max_position_embeddings": 32, "partial_rotary_factor": 0.75, "sliding_window": 50,
              "rope_scaling": { "type": "longrope", "short_factor": [1.0, 1.1, 1.25], "long_factor": [1.5, 3.0, 7.5] },
              "tie_word_embeddings": false
            }
            """);

    /// <summary>Gemma 1, stored as BF16: the scale of its embeddings is rounded to that.</summary>
    public static FamilyCheckpoint Gemma() => new($$"""
            {
              "architectures": ["GemmaForCausalLM"], "model_type": "gemma", {{Sizes}}, "hidden_act": "gelu", "hidden_activation": null,
              "rms_norm_eps": 1e-06, "head_dim": 16, "rope_theta": 10000.0
            }
            """) { Type = "BF16" };

    /// <summary>Gemma 2, with caps that bite and windows in layers 0 and 2.</summary>
    public static FamilyCheckpoint Gemma2() => new($$"""
            {
              "architectures": ["Gemma2ForCausalLM"], "model_type": "gemma2", {{Sizes}}, "hidden_activation": "gelu_pytorch_tanh",
              "rms_norm_eps": 0.005, "head_dim": 16, "query_pre_attn_scalar": 10, "sliding_window": 6, "rope_theta": 10000.0,
              "attn_logit_softcapping": 1.5, "final_logit_softcapping": 2.5
            }
            """) { Type = "F16" };

    /// <summary>Gemma 3: the language model of one that sees, in the older form of the configuration.</summary>
    public static FamilyCheckpoint Gemma3() => new($$"""
            {
              "architectures": ["Gemma3ForConditionalGeneration"], "model_type": "gemma3", "eos_token_id": [1, 2],
              "vision_config": { "hidden_size": 8 },
              "text_config": {
                "model_type": "gemma3_text", "vocab_size": 61, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 7,
                "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16, "query_pre_attn_scalar": 24, "sliding_window": 5,
                "rms_norm_eps": 1e-06, "rope_theta": 1000000.0, "rope_local_base_freq": 100.0, "rope_scaling": { "rope_type": "linear", "factor": 8.0 }
              }
            }
            """) { Type = "BF16" };

    /// <summary>Gemma 3 that generates text only, in the newer form of the configuration, with a pattern of its own.</summary>
    public static FamilyCheckpoint Gemma3Text() => new("""
            {
              "architectures": ["Gemma3ForCausalLM"], "model_type": "gemma3_text", "vocab_size": 61, "hidden_size": 48, "intermediate_size": 80,
              "num_hidden_layers": 7, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16, "query_pre_attn_scalar": 16,
              "sliding_window": 5, "rms_norm_eps": 1e-06, "layer_types": [
                "full_attention", "sliding_attention", "sliding_attention", "full_attention", "sliding_attention", "sliding_attention", "full_attention"],
              "rope_parameters": {
                "full_attention": { "rope_type": "linear", "factor": 4.0, "rope_theta": 1000000.0 },
                "sliding_attention": { "rope_type": "default", "rope_theta": 300.0 } }
            }
            """);

    /// <summary>OPT.</summary>
    public static FamilyCheckpoint Opt() => new("""
            {
              "architectures": ["OPTForCausalLM"], "model_type": "opt", "vocab_size": 61, "hidden_size": 48, "ffn_dim": 80, "num_hidden_layers": 3,
              "num_attention_heads": 4, "max_position_embeddings": 96, "activation_function": "relu", "do_layer_norm_before": true,
              "word_embed_proj_dim": 48, "bos_token_id": 2, "eos_token_id": 2, "enable_bias": true
            }
            """) { Type = "F16" };

    /// <summary>GPT-2, with the buffers that old checkpoints have, without its outer module.</summary>
    public static FamilyCheckpoint Gpt2() => new("""
            {
              "architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "vocab_size": 61, "n_embd": 48, "n_layer": 3, "n_head": 4, "n_positions": 96,
              "activation_function": "gelu_new", "layer_norm_epsilon": 0.01, "bos_token_id": 0, "eos_token_id": 0
            }
            """);

    /// <summary>StarCoder2, with heads that are turned in part.</summary>
    public static FamilyCheckpoint Starcoder2() => new($$"""
            {
              "architectures": ["Starcoder2ForCausalLM"], "model_type": "starcoder2", {{Sizes}}, "hidden_act": "gelu_pytorch_tanh",
              "norm_epsilon": 0.01, "rope_theta": 100000.0, "sliding_window": 11, "use_bias": true, "partial_rotary_factor": 0.5
            }
            """);

    /// <summary>SmolLM3: its second layer has no positions.</summary>
    public static FamilyCheckpoint SmolLm3() => new($$"""
            {
              "architectures": ["SmolLM3ForCausalLM"], "model_type": "smollm3", {{Sizes}}, "hidden_act": "silu", "rms_norm_eps": 1e-06,
              "rope_theta": 5000.0, "no_rope_layers": [1, 0, 1]
            }
            """);

    /// <summary>Granite, with all four constants.</summary>
    public static FamilyCheckpoint Granite() => new($$"""
            {
              "architectures": ["GraniteForCausalLM"], "model_type": "granite", {{Sizes}}, "hidden_act": "silu", "rms_norm_eps": 1e-05,
              "rope_theta": 10000.0, "tie_word_embeddings": true, "embedding_multiplier": 12.0, "attention_multiplier": 0.11,
              "residual_multiplier": 0.22, "logits_scaling": 8.0
            }
            """) { Type = "BF16" };
}
