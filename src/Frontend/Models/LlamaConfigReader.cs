using Flightc.Diagnostics;

namespace Flightc.Models;

/// <summary>
/// Reads the keys of <c>config.json</c> that the LLaMA family uses, and refuses those variations we cannot
/// compile.
/// </summary>
/// <remarks>
/// Reports all faults it can see. The limits lie well above every published model and keep products of two sizes far
/// below 2^63.
/// </remarks>
internal static class LlamaConfigReader
{
    private const string ModelType = "llama";
    private const int MaxVocabulary = 1 << 24;
    private const int MaxWidth = 1 << 20;
    private const int MaxLayers = 4096;
    private const int MaxHeads = 1 << 14;
    private const int MaxHeadSize = 1 << 14;
    private const int MaxPositions = 1 << 30;

    // What the reference implementation assumes where a key is absent.
    private const double DefaultNormEpsilon = 1e-6;
    private const int DefaultMaxPositions = 2048;
    private const int DefaultBos = 1;
    private const int DefaultEos = 2;

    public static ModelConfig? Read(ConfigReader config)
    {
        RefuseQuantised(config);
        if (!IsSupported(config))
        {
            // The keys of another architecture have other names: more messages would mislead.
            return null;
        }

        int? vocabulary = config.Required("vocab_size", 1, MaxVocabulary);
        int? hidden = config.Required("hidden_size", 1, MaxWidth);
        int? intermediate = config.Required("intermediate_size", 1, MaxWidth);
        int? layers = config.Required("num_hidden_layers", 1, MaxLayers);
        int? heads = config.Required("num_attention_heads", 1, MaxHeads);
        int? keyValueHeads = config.Has("num_key_value_heads")
            ? config.Integer("num_key_value_heads", 1, MaxHeads)
            : heads;
        int? headSize = HeadSize(config, hidden, heads);
        if (heads % keyValueHeads > 0)
        {
            config.Report(
                Codes.ConfigInvalid,
                "num_key_value_heads",
                $"'num_key_value_heads' is {keyValueHeads}; a divisor of 'num_attention_heads', which is {heads}, is wanted");
        }

        double? epsilon = config.Has("rms_norm_eps") ? config.Number("rms_norm_eps", 1) : DefaultNormEpsilon;
        double? theta = RopeSettings.ReadTheta(config);
        int? positions = config.Has("max_position_embeddings")
            ? config.Integer("max_position_embeddings", 1, MaxPositions)
            : DefaultMaxPositions;
        bool ties = config.Flag("tie_word_embeddings") ?? false;
        int end = vocabulary ?? MaxVocabulary;
        int? bos = config.IsPresent("bos_token_id") ? config.Integer("bos_token_id", 0, end - 1) : DefaultBos;
        int[] eos = config.IsPresent("eos_token_id") ? config.Ids("eos_token_id", end) ?? [] : [DefaultEos];
        RefuseVariations(config);
        return config.Failed ? null : new ModelConfig
        {
            Architecture = ModelConfig.SupportedArchitectures[0],
            VocabularySize = vocabulary!.Value,
            HiddenSize = hidden!.Value,
            IntermediateSize = intermediate!.Value,
            LayerCount = layers!.Value,
            HeadCount = heads!.Value,
            KeyValueHeadCount = keyValueHeads!.Value,
            HeadSize = headSize!.Value,
            NormEpsilon = epsilon!.Value,
            RopeTheta = theta!.Value,
            MaxPositions = positions!.Value,
            TiesEmbeddings = ties,
            BosTokenId = bos,
            EosTokenIds = eos,
        };
    }

    private static void RefuseQuantised(ConfigReader config)
    {
        if (config.Has("quantization_config") || config.Has("compression_config"))
        {
            string key = config.Has("quantization_config") ? "quantization_config" : "compression_config";
            config.Report(
                Codes.FeatureUnsupported,
                key,
                $"'{key}' says that the weights are quantised already; weights in F32, F16 or BF16 are wanted",
                "take the checkpoint that this one was quantised from: flightc quantises it by a recipe");
        }
    }

    private static bool IsSupported(ConfigReader config)
    {
        bool failedBefore = config.Failed;
        string[] architectures = config.Texts("architectures");
        string? type = config.Text("model_type");
        string supported = string.Join(", ", ModelConfig.SupportedArchitectures);
        if (architectures.Length > 0 && !ModelConfig.SupportedArchitectures.Contains(architectures[0]))
        {
            config.Report(
                Codes.ArchitectureUnsupported,
                "architectures",
                $"the architecture '{Excerpt.Of(architectures[0])}' cannot be compiled; one of these is wanted: {supported}");
            return false;
        }

        if (type is not null and not ModelType)
        {
            config.Report(
                Codes.ArchitectureUnsupported,
                "model_type",
                $"'model_type' is '{Excerpt.Of(type)}'; '{ModelType}' is wanted, the type of {supported}");
            return false;
        }

        if (architectures.Length == 0 && type is null)
        {
            if (failedBefore == config.Failed)
            {
                config.Report(
                    Codes.ArchitectureUnsupported,
                    "architectures",
                    $"neither 'architectures' nor 'model_type' says what model this is; one of these is wanted: {supported}");
            }

            return false;
        }

        return true;
    }

    private static int? HeadSize(ConfigReader config, int? hidden, int? heads)
    {
        bool isGiven = config.Has("head_dim");
        string key = isGiven ? "head_dim" : "hidden_size";
        if (!isGiven && hidden % heads > 0)
        {
            config.Report(
                Codes.ConfigInvalid,
                key,
                $"'hidden_size' is {hidden}; without 'head_dim' a multiple of 'num_attention_heads', which is {heads}, is wanted");
            return null;
        }

        int? size = isGiven ? config.Integer(key, 1, MaxHeadSize) : hidden / heads;
        if (size % 2 > 0 || size > MaxHeadSize)
        {
            config.Report(
                Codes.ConfigInvalid,
                key,
                $"a head has {size} elements; an even number up to {MaxHeadSize} is wanted, because rotary embedding turns pairs");
            return null;
        }

        if ((long?)heads * size > MaxWidth)
        {
            config.Report(
                Codes.ConfigInvalid, key,
                $"{heads} heads of {size} elements are wider than {MaxWidth}, the most accepted");
            return null;
        }

        return size;
    }

    private static void RefuseVariations(ConfigReader config)
    {
        string activation = config.Text("hidden_act") ?? "silu";

        // Two names of one function.
        if (activation is not ("silu" or "swish"))
        {
            config.Report(
                Codes.FeatureUnsupported, "hidden_act",
                $"'hidden_act' is '{Excerpt.Of(activation)}', which cannot be compiled; 'silu' is wanted");
        }

        foreach (string key in (string[])["attention_bias", "mlp_bias"])
        {
            if (config.Flag(key) is true)
            {
                config.Report(
                    Codes.FeatureUnsupported, key,
                    $"'{key}' is true: projections with a bias cannot be compiled; false is wanted");
            }
        }
    }
}
