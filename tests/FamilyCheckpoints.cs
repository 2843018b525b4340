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
    public static FamilyCheckpoint Llama(bool hasBias = false, string type = "F32")
    {
        FamilyCheckpoint model = new($$"""
            {
              "architectures": ["LlamaForCausalLM"], "model_type": "llama", {{Sizes}}, "hidden_act": "silu", "rms_norm_eps": 0.02,
              "rope_theta": 500.0, "rope_scaling": {
                "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 32 },
              "attention_bias": {{(hasBias ? "true" : "false")}}, "mlp_bias": {{(hasBias ? "true" : "false")}}, "tie_word_embeddings": false
            }
            """) { Type = type };
        Decoder(model, headDim: 12, qkvBias: hasBias, outputBias: hasBias, mlpBias: hasBias);
        model.Outside("lm_head.weight", model["vocab_size"], model["hidden_size"]);
        return model;
    }

    /// <summary>Mistral, with a window.</summary>
    public static FamilyCheckpoint Mistral()
    {
        FamilyCheckpoint model = new($$"""
            {
              "architectures": ["MistralForCausalLM"], "model_type": "mistral", {{Sizes}}, "hidden_act": "silu", "rms_norm_eps": 1e-05,
              "rope_theta": 10000.0, "sliding_window": 9, "head_dim": 16, "tie_word_embeddings": false
            }
            """) { Type = "BF16", Shards = 3 };
        Decoder(model, headDim: 16);
        model.Outside("lm_head.weight", model["vocab_size"], model["hidden_size"]);
        return model;
    }

    /// <summary>Qwen 2, with biases, and windows from its second layer on.</summary>
    public static FamilyCheckpoint Qwen2()
    {
        FamilyCheckpoint model = new($$"""
            {
              "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", {{Sizes}}, "hidden_act": "silu", "rms_norm_eps": 1e-06,
              "rope_theta": 1000000.0, "sliding_window": 7, "use_sliding_window": true, "max_window_layers": 1, "tie_word_embeddings": true
            }
            """);
        Decoder(model, headDim: 12, qkvBias: true);
        return model;
    }

    /// <summary>Qwen 3, with norms of heads that are wider than their share, and YaRN.</summary>
    public static FamilyCheckpoint Qwen3()
    {
        FamilyCheckpoint model = new($$"""
            {
              "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", {{Sizes}}, "hidden_act": "silu", "rms_norm_eps": 0.01,
              "head_dim": 20, "rope_theta": 10000.0,
              "rope_scaling": { "rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64 }, "tie_word_embeddings": true
            }
            """) { Type = "F16" };
        Decoder(model, headDim: 20, headNorms: true);
        return model;
    }

    /// <summary>Phi-3, fused, with LongRoPE and a window.</summary>
    public static FamilyCheckpoint Phi3()
    {
        FamilyCheckpoint model = new($$"""
            {
              "architectures": ["Phi3ForCausalLM"], "model_type": "phi3", {{SixHeads}}, "hidden_act": "silu", "rms_norm_eps": 1e-05,
              "rope_theta": 10000.0, "original_max_position_embeddings": 32, "partial_rotary_factor": 0.75, "sliding_window": 50,
              "rope_scaling": { "type": "longrope", "short_factor": [1.0, 1.1, 1.25], "long_factor": [1.5, 3.0, 7.5] },
              "tie_word_embeddings": false
            }
            """);
        (int hidden, int ffn) = (model["hidden_size"], model["intermediate_size"]);
        model.Matrix("embed_tokens.weight", model["vocab_size"], hidden, 5);
        for (int i = 0; i < model["num_hidden_layers"]; i++)
        {
            string layer = $"layers.{i}";
            model.Norm($"{layer}.input_layernorm.weight", hidden);
            model.Matrix($"{layer}.self_attn.qkv_proj.weight", (6 + 3 + 3) * 8, hidden);
            model.Matrix($"{layer}.self_attn.o_proj.weight", hidden, 48);
            model.Norm($"{layer}.post_attention_layernorm.weight", hidden);
            model.Matrix($"{layer}.mlp.gate_up_proj.weight", 2 * ffn, hidden);
            model.Matrix($"{layer}.mlp.down_proj.weight", hidden, ffn);
        }

        model.Norm("norm.weight", hidden);
        model.Outside("lm_head.weight", model["vocab_size"], hidden);
        return model;
    }

    /// <summary>Gemma 1, stored as BF16: the scale of its embeddings is rounded to that.</summary>
    public static FamilyCheckpoint Gemma()
    {
        FamilyCheckpoint model = new($$"""
            {
              "architectures": ["GemmaForCausalLM"], "model_type": "gemma", {{Sizes}}, "hidden_act": "gelu", "hidden_activation": null,
              "rms_norm_eps": 1e-06, "head_dim": 16, "rope_theta": 10000.0
            }
            """) { Type = "BF16" };
        Decoder(model, headDim: 16, normMean: 0, embedding: 0.4f);
        return model;
    }

    /// <summary>Gemma 2, with caps that bite and windows in layers 0 and 2.</summary>
    public static FamilyCheckpoint Gemma2()
    {
        FamilyCheckpoint model = new($$"""
            {
              "architectures": ["Gemma2ForCausalLM"], "model_type": "gemma2", {{Sizes}}, "hidden_activation": "gelu_pytorch_tanh",
              "rms_norm_eps": 0.005, "head_dim": 16, "query_pre_attn_scalar": 10, "sliding_window": 6, "rope_theta": 10000.0,
              "attn_logit_softcapping": 1.5, "final_logit_softcapping": 2.5
            }
            """) { Type = "F16" };
        Decoder(model, headDim: 16, normMean: 0, embedding: 0.4f, postNorms: true);
        return model;
    }

    /// <summary>Gemma 3: the language model of one that sees, in the older form of the configuration.</summary>
    public static FamilyCheckpoint Gemma3()
    {
        FamilyCheckpoint model = new($$"""
            {
              "architectures": ["Gemma3ForConditionalGeneration"], "model_type": "gemma3", "eos_token_id": [1, 2],
              "vision_config": { "hidden_size": 8 },
              "text_config": {
                "model_type": "gemma3_text", "vocab_size": 61, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 7,
                "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16, "query_pre_attn_scalar": 24, "sliding_window": 5,
                "rms_norm_eps": 1e-06, "rope_theta": 1000000.0, "rope_local_base_freq": 100.0, "rope_scaling": { "rope_type": "linear", "factor": 8.0 }
              }
            }
            """) { Prefix = "language_model.model.", Type = "BF16" };
        Gemma3Tensors(model);
        model.Outside("vision_tower.vision_model.head.weight", 3, 4);
        return model;
    }

    /// <summary>Gemma 3 that generates text only, in the newer form of the configuration, with a pattern of its own.</summary>
    public static FamilyCheckpoint Gemma3Text()
    {
        FamilyCheckpoint model = new("""
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
        Gemma3Tensors(model);
        return model;
    }

    /// <summary>OPT.</summary>
    public static FamilyCheckpoint Opt()
    {
        FamilyCheckpoint model = new("""
            {
              "architectures": ["OPTForCausalLM"], "model_type": "opt", "vocab_size": 61, "hidden_size": 48, "ffn_dim": 80, "num_hidden_layers": 3,
              "num_attention_heads": 4, "max_position_embeddings": 96, "activation_function": "relu", "do_layer_norm_before": true,
              "word_embed_proj_dim": 48, "bos_token_id": 2, "eos_token_id": 2, "enable_bias": true
            }
            """) { Prefix = "model.decoder.", Type = "F16" };
        model.Matrix("embed_tokens.weight", 61, 48, 5);
        model.Matrix("embed_positions.weight", 98, 48, 5);
        for (int i = 0; i < 3; i++)
        {
            string layer = $"layers.{i}";
            LayerNorm(model, $"{layer}.self_attn_layer_norm", 48);
            foreach (string projection in (string[])["q_proj", "k_proj", "v_proj", "out_proj"])
            {
                model.Projection($"{layer}.self_attn.{projection}", 48, 48, hasBias: true);
            }

            LayerNorm(model, $"{layer}.final_layer_norm", 48);
            model.Projection($"{layer}.fc1", 80, 48, hasBias: true);
            model.Projection($"{layer}.fc2", 48, 80, hasBias: true);
        }

        LayerNorm(model, "final_layer_norm", 48);
        return model;
    }

    /// <summary>GPT-2, with the buffers that old checkpoints have, without its outer module.</summary>
    public static FamilyCheckpoint Gpt2()
    {
        FamilyCheckpoint model = new("""
            {
              "architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "vocab_size": 61, "n_embd": 48, "n_layer": 3, "n_head": 4, "n_positions": 96,
              "activation_function": "gelu_new", "layer_norm_epsilon": 0.01, "bos_token_id": 0, "eos_token_id": 0
            }
            """) { Prefix = "" };
        model.Matrix("wte.weight", 61, 48, 5);
        model.Matrix("wpe.weight", 96, 48, 5);
        for (int i = 0; i < 3; i++)
        {
            string layer = $"h.{i}";
            LayerNorm(model, $"{layer}.ln_1", 48);
            model.Matrix($"{layer}.attn.bias", 96, 96);
            foreach ((string name, int inputs, int outputs) in
                ((string, int, int)[])[("attn.c_attn", 48, 144), ("attn.c_proj", 48, 48), ("mlp.c_fc", 48, 192), ("mlp.c_proj", 192, 48)])
            {
                model.Turned($"{layer}.{name}.weight", inputs, outputs);
                model.Bias($"{layer}.{name}.bias", outputs);
            }

            LayerNorm(model, $"{layer}.ln_2", 48);
        }

        LayerNorm(model, "ln_f", 48);
        return model;
    }

    /// <summary>StarCoder2, with heads that are turned in part.</summary>
    public static FamilyCheckpoint Starcoder2()
    {
        FamilyCheckpoint model = new($$"""
            {
              "architectures": ["Starcoder2ForCausalLM"], "model_type": "starcoder2", {{Sizes}}, "hidden_act": "gelu_pytorch_tanh",
              "norm_epsilon": 0.01, "rope_theta": 100000.0, "sliding_window": 11, "use_bias": true, "partial_rotary_factor": 0.5
            }
            """);
        (int hidden, int ffn) = (model["hidden_size"], model["intermediate_size"]);
        model.Matrix("embed_tokens.weight", model["vocab_size"], hidden, 5);
        for (int i = 0; i < model["num_hidden_layers"]; i++)
        {
            string layer = $"layers.{i}";
            LayerNorm(model, $"{layer}.input_layernorm", hidden);
            model.Projection($"{layer}.self_attn.q_proj", 48, hidden, hasBias: true);
            model.Projection($"{layer}.self_attn.k_proj", 24, hidden, hasBias: true);
            model.Projection($"{layer}.self_attn.v_proj", 24, hidden, hasBias: true);
            model.Projection($"{layer}.self_attn.o_proj", hidden, 48, hasBias: true);
            LayerNorm(model, $"{layer}.post_attention_layernorm", hidden);
            model.Projection($"{layer}.mlp.c_fc", ffn, hidden, hasBias: true);
            model.Projection($"{layer}.mlp.c_proj", hidden, ffn, hasBias: true);
        }

        LayerNorm(model, "norm", hidden);
        return model;
    }

    /// <summary>SmolLM3: its second layer has no positions.</summary>
    public static FamilyCheckpoint SmolLm3()
    {
        FamilyCheckpoint model = new($$"""
            {
              "architectures": ["SmolLM3ForCausalLM"], "model_type": "smollm3", {{Sizes}}, "hidden_act": "silu", "rms_norm_eps": 1e-06,
              "rope_theta": 5000.0, "no_rope_layers": [1, 0, 1]
            }
            """);
        Decoder(model, headDim: 12);
        return model;
    }

    /// <summary>Granite, with all four constants.</summary>
    public static FamilyCheckpoint Granite()
    {
        FamilyCheckpoint model = new($$"""
            {
              "architectures": ["GraniteForCausalLM"], "model_type": "granite", {{Sizes}}, "hidden_act": "silu", "rms_norm_eps": 1e-05,
              "rope_theta": 10000.0, "tie_word_embeddings": true, "embedding_multiplier": 12.0, "attention_multiplier": 0.11,
              "residual_multiplier": 0.22, "logits_scaling": 8.0
            }
            """) { Type = "BF16" };
        Decoder(model, headDim: 12, embedding: 0.3f);
        return model;
    }

    private static void Gemma3Tensors(FamilyCheckpoint model) =>
        Decoder(model, hidden: 48, ffn: 80, layers: 7, vocabulary: 61, queries: 64, keys: 32, headDim: 16, normMean: 0, embedding: 0.4f, postNorms: true, headNorms: true);

    private static void Decoder(
        FamilyCheckpoint model, int headDim, bool qkvBias = false, bool outputBias = false, bool mlpBias = false, bool headNorms = false,
        float normMean = 1, float embedding = 5, bool postNorms = false) => Decoder(
            model, model["hidden_size"], model["intermediate_size"], model["num_hidden_layers"], model["vocab_size"],
            headDim * model["num_attention_heads"], headDim * model["num_key_value_heads"], headDim, qkvBias, outputBias, mlpBias, headNorms, normMean,
            embedding, postNorms);

    private static void Decoder(
        FamilyCheckpoint model, int hidden, int ffn, int layers, int vocabulary, int queries, int keys, int headDim, bool qkvBias = false,
        bool outputBias = false, bool mlpBias = false, bool headNorms = false, float normMean = 1, float embedding = 5, bool postNorms = false)
    {
        model.Matrix("embed_tokens.weight", vocabulary, hidden, embedding);
        for (int i = 0; i < layers; i++)
        {
            string layer = $"layers.{i}";
            model.Norm($"{layer}.input_layernorm.weight", hidden, normMean);
            model.Projection($"{layer}.self_attn.q_proj", queries, hidden, qkvBias);
            model.Projection($"{layer}.self_attn.k_proj", keys, hidden, qkvBias);
            model.Projection($"{layer}.self_attn.v_proj", keys, hidden, qkvBias);
            model.Projection($"{layer}.self_attn.o_proj", hidden, queries, outputBias);
            if (headNorms)
            {
                model.Norm($"{layer}.self_attn.q_norm.weight", headDim, normMean);
                model.Norm($"{layer}.self_attn.k_norm.weight", headDim, normMean);
            }

            model.Norm($"{layer}.post_attention_layernorm.weight", hidden, normMean);
            if (postNorms)
            {
                model.Norm($"{layer}.pre_feedforward_layernorm.weight", hidden, normMean);
                model.Norm($"{layer}.post_feedforward_layernorm.weight", hidden, normMean);
            }

            model.Projection($"{layer}.mlp.gate_proj", ffn, hidden, mlpBias);
            model.Projection($"{layer}.mlp.up_proj", ffn, hidden, mlpBias);
            model.Projection($"{layer}.mlp.down_proj", hidden, ffn, mlpBias);
        }

        model.Norm("norm.weight", hidden, normMean);
    }

    private static void LayerNorm(FamilyCheckpoint model, string stem, int size)
    {
        model.Norm($"{stem}.weight", size);
        model.Bias($"{stem}.bias", size);
    }
}
