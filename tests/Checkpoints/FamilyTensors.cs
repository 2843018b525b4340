using System.Text.Json.Nodes;

namespace Flightc.Tests;

/// <summary>The tensors of a checkpoint of every family, by the names that its reference implementation gives them, in the order of the model.</summary>
/// <remarks>Sizes come from a configuration, so that tests and benchmarks share the lists. Norms lie about one, biases are not small: every feature shows in the logits.</remarks>
internal static class FamilyTensors
{
    // How large embeddings are: where a family multiplies them, or does not normalise what it adds to them, less.
    private const float Plain = 5;
    private const float Scaled = 0.4f;

    /// <summary>All tensors of a model.</summary>
    /// <param name="config">What config.json says.</param>
    /// <exception cref="ArgumentException">The family is not known, or a size is missing.</exception>
    public static IReadOnlyList<RandomTensor> Of(JsonObject config)
    {
        ModelSizes sizes = new(config);
        return sizes.Type switch
        {
            "llama" => Decoder(sizes, qkvBias: sizes.Has("attention_bias"), outputBias: sizes.Has("attention_bias"), mlpBias: sizes.Has("mlp_bias")),
            "mistral" => Decoder(sizes),
            "qwen2" => Decoder(sizes, qkvBias: true),
            "qwen3" => Decoder(sizes, headNorms: true, qkvBias: sizes.Has("attention_bias"), outputBias: sizes.Has("attention_bias")),
            "phi3" => Phi3(sizes),
            "gemma" => Decoder(sizes, normMean: 0, embedding: Scaled),
            "gemma2" => Decoder(sizes, normMean: 0, embedding: Scaled, postNorms: true),
            "gemma3" => Gemma3(sizes),
            "gemma3_text" => Decoder(sizes, normMean: 0, embedding: Scaled, postNorms: true, headNorms: true),
            "opt" => Opt(sizes),
            "gpt2" => Gpt2(sizes),
            "starcoder2" => Starcoder2(sizes),
            "smollm3" => Decoder(sizes),
            "granite" => Decoder(sizes, embedding: 0.3f),
            string other => throw new ArgumentException($"no list of tensors for the family '{other}'", nameof(config)),
        };
    }

    /// <summary>What most families have: grouped heads, a gated network, norms in front of both.</summary>
    private static List<RandomTensor> Decoder(
        ModelSizes sizes, bool qkvBias = false, bool outputBias = false, bool mlpBias = false, bool headNorms = false, bool postNorms = false,
        float normMean = 1, float embedding = Plain, string prefix = "model.")
    {
        TensorList list = new(prefix);
        list.Matrix("embed_tokens.weight", sizes.Vocabulary, sizes.Hidden, embedding);
        for (int i = 0; i < sizes.Layers; i++)
        {
            string layer = $"layers.{i}";
            list.Norm($"{layer}.input_layernorm.weight", sizes.Hidden, normMean);
            list.Projection($"{layer}.self_attn.q_proj", sizes.Queries, sizes.Hidden, qkvBias);
            list.Projection($"{layer}.self_attn.k_proj", sizes.Keys, sizes.Hidden, qkvBias);
            list.Projection($"{layer}.self_attn.v_proj", sizes.Keys, sizes.Hidden, qkvBias);
            list.Projection($"{layer}.self_attn.o_proj", sizes.Hidden, sizes.Queries, outputBias);
            if (headNorms)
            {
                list.Norm($"{layer}.self_attn.q_norm.weight", sizes.HeadSize, normMean);
                list.Norm($"{layer}.self_attn.k_norm.weight", sizes.HeadSize, normMean);
            }

            list.Norm($"{layer}.post_attention_layernorm.weight", sizes.Hidden, normMean);
            if (postNorms)
            {
                list.Norm($"{layer}.pre_feedforward_layernorm.weight", sizes.Hidden, normMean);
                list.Norm($"{layer}.post_feedforward_layernorm.weight", sizes.Hidden, normMean);
            }

            list.Projection($"{layer}.mlp.gate_proj", sizes.Intermediate, sizes.Hidden, mlpBias);
            list.Projection($"{layer}.mlp.up_proj", sizes.Intermediate, sizes.Hidden, mlpBias);
            list.Projection($"{layer}.mlp.down_proj", sizes.Hidden, sizes.Intermediate, mlpBias);
        }

        list.Norm("norm.weight", sizes.Hidden, normMean);
        list.Head(sizes);
        return list.Tensors;
    }

    /// <summary>Projections of queries, keys and values in one matrix, of the network's two halves in another.</summary>
    private static List<RandomTensor> Phi3(ModelSizes sizes)
    {
        TensorList list = new("model.");
        list.Matrix("embed_tokens.weight", sizes.Vocabulary, sizes.Hidden, Plain);
        for (int i = 0; i < sizes.Layers; i++)
        {
            string layer = $"layers.{i}";
            list.Norm($"{layer}.input_layernorm.weight", sizes.Hidden);
            list.Matrix($"{layer}.self_attn.qkv_proj.weight", sizes.Queries + (2 * sizes.Keys), sizes.Hidden);
            list.Matrix($"{layer}.self_attn.o_proj.weight", sizes.Hidden, sizes.Queries);
            list.Norm($"{layer}.post_attention_layernorm.weight", sizes.Hidden);
            list.Matrix($"{layer}.mlp.gate_up_proj.weight", 2 * sizes.Intermediate, sizes.Hidden);
            list.Matrix($"{layer}.mlp.down_proj.weight", sizes.Hidden, sizes.Intermediate);
        }

        list.Norm("norm.weight", sizes.Hidden);
        list.Head(sizes);
        return list.Tensors;
    }

    /// <summary>The language model of one that sees, and a little of what sees.</summary>
    private static List<RandomTensor> Gemma3(ModelSizes sizes)
    {
        List<RandomTensor> tensors = Decoder(
            sizes, normMean: 0, embedding: Scaled, postNorms: true, headNorms: true, prefix: "language_model.model.");
        TensorList vision = new("vision_tower.vision_model.");
        vision.Matrix("head.weight", 3, 4);
        return [.. tensors, .. vision.Tensors];
    }

    /// <summary>Learned positions, of which the first two are padding; biases everywhere.</summary>
    private static List<RandomTensor> Opt(ModelSizes sizes)
    {
        TensorList list = new("model.decoder.");
        list.Matrix("embed_tokens.weight", sizes.Vocabulary, sizes.Hidden, Plain);
        list.Matrix("embed_positions.weight", sizes.Positions + 2, sizes.Hidden, Plain);
        for (int i = 0; i < sizes.Layers; i++)
        {
            string layer = $"layers.{i}";
            list.LayerNorm($"{layer}.self_attn_layer_norm", sizes.Hidden);
            foreach (string projection in (string[])["q_proj", "k_proj", "v_proj", "out_proj"])
            {
                list.Projection($"{layer}.self_attn.{projection}", sizes.Hidden, sizes.Hidden, hasBias: true);
            }

            list.LayerNorm($"{layer}.final_layer_norm", sizes.Hidden);
            list.Projection($"{layer}.fc1", sizes.Intermediate, sizes.Hidden, hasBias: true);
            list.Projection($"{layer}.fc2", sizes.Hidden, sizes.Intermediate, hasBias: true);
        }

        list.LayerNorm("final_layer_norm", sizes.Hidden);
        return list.Tensors;
    }

    /// <summary>Matrices stored (in, out), with the buffers that old checkpoints have, without the outer module.</summary>
    private static List<RandomTensor> Gpt2(ModelSizes sizes)
    {
        TensorList list = new("");
        list.Matrix("wte.weight", sizes.Vocabulary, sizes.Hidden, Plain);
        list.Matrix("wpe.weight", sizes.Positions, sizes.Hidden, Plain);
        for (int i = 0; i < sizes.Layers; i++)
        {
            string layer = $"h.{i}";
            list.LayerNorm($"{layer}.ln_1", sizes.Hidden);
            list.Matrix($"{layer}.attn.bias", sizes.Positions, sizes.Positions);
            list.Turned($"{layer}.attn.c_attn", sizes.Hidden, 3 * sizes.Hidden);
            list.Turned($"{layer}.attn.c_proj", sizes.Hidden, sizes.Hidden);
            list.LayerNorm($"{layer}.ln_2", sizes.Hidden);
            list.Turned($"{layer}.mlp.c_fc", sizes.Hidden, sizes.Intermediate);
            list.Turned($"{layer}.mlp.c_proj", sizes.Intermediate, sizes.Hidden);
        }

        list.LayerNorm("ln_f", sizes.Hidden);
        return list.Tensors;
    }

    /// <summary>Layer norms, and a network of two matrices, all with biases.</summary>
    private static List<RandomTensor> Starcoder2(ModelSizes sizes)
    {
        bool hasBias = sizes.Has("use_bias");
        TensorList list = new("model.");
        list.Matrix("embed_tokens.weight", sizes.Vocabulary, sizes.Hidden, Plain);
        for (int i = 0; i < sizes.Layers; i++)
        {
            string layer = $"layers.{i}";
            list.LayerNorm($"{layer}.input_layernorm", sizes.Hidden);
            list.Projection($"{layer}.self_attn.q_proj", sizes.Queries, sizes.Hidden, hasBias);
            list.Projection($"{layer}.self_attn.k_proj", sizes.Keys, sizes.Hidden, hasBias);
            list.Projection($"{layer}.self_attn.v_proj", sizes.Keys, sizes.Hidden, hasBias);
            list.Projection($"{layer}.self_attn.o_proj", sizes.Hidden, sizes.Queries, hasBias);
            list.LayerNorm($"{layer}.post_attention_layernorm", sizes.Hidden);
            list.Projection($"{layer}.mlp.c_fc", sizes.Intermediate, sizes.Hidden, hasBias);
            list.Projection($"{layer}.mlp.c_proj", sizes.Hidden, sizes.Intermediate, hasBias);
        }

        list.LayerNorm("norm", sizes.Hidden);
        list.Head(sizes);
        return list.Tensors;
    }
}
