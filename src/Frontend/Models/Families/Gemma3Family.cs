using Flightc.Diagnostics;

namespace Flightc.Models;

/// <summary>Gemma 3 (Gemma Team 2025): Gemma 2 with norms of heads for soft caps, and five layers with windows for each one without.</summary>
internal sealed class Gemma3Family : ModelFamily
{
    private const string Full = "full_attention";
    private const string Sliding = "sliding_attention";
    private const double DefaultTheta = 1_000_000;
    private const double DefaultLocalTheta = 10_000;
    private const double MaxTheta = 1e15;
    private const int DefaultWindow = 4096;
    private const int DefaultPattern = 6;
    private const int MostLayers = 4096;
    private const double DefaultScalar = 256;

    /// <inheritdoc/>
    public override string Name => "gemma3";

    /// <inheritdoc/>
    public override string Title => "Gemma 3 (text)";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Architectures => ["Gemma3ForCausalLM", "Gemma3ForConditionalGeneration"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["gemma3_text", "gemma3"];

    /// <inheritdoc/>
    public override string Differs =>
        "as Gemma 2 without caps, and: every head of queries and keys is normed; five layers with windows and a rotary base of their own, then one without; "
        + "of models that see, the language model alone is compiled";

    /// <inheritdoc/>
    public override string Refuses => "`use_bidirectional_attention`";

    /// <inheritdoc/>
    public override IReadOnlyList<string> IgnoredTensors { get; } =
        ["vision_tower.", "multi_modal_projector.", "model.vision_tower.", "model.multi_modal_projector."];

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorPlace> Places(ModelConfig config) => GemmaPlaces.Of(hasPostNorms: true);

    /// <inheritdoc/>
    internal override ModelConfig? Read(FamilyKeys keys)
    {
        ModelConfig sizes = keys.Sizes(new SizeKeys
        {
            DefaultVocabulary = 262_208, DefaultHeads = 8, DefaultKeyValueHeads = 4, DefaultHeadSize = 256, DefaultPositions = 131_072,
            DefaultTies = true, DefaultBos = 2, DefaultEos = 1,
        });
        keys.Refuse(
            "use_bidirectional_attention", refused: true, assumed: false, "tokens that see those behind them make no decoder",
            "take a Gemma 3 model that generates text");
        bool hasBias = keys.Flag("attention_bias");
        float? scale = FamilyKeys.ScaleOf(keys.Number("query_pre_attn_scalar", DefaultScalar), sizes.HeadSize);
        sizes = WithLayers(keys, sizes);
        return keys.Unless(sizes with
        {
            Norms = new NormSettings(HasPostNorms: true),
            Attention = new AttentionSettings(
                hasBias, hasBias, HasHeadNorms: true, Scale: scale, Cap: keys.Cap("attn_logit_softcapping", 0)),
            Mlp = new MlpSettings(keys.Activation("hidden_activation", "gelu_pytorch_tanh")),
            Ends = new EmbeddingSettings(Math.Sqrt(sizes.HiddenSize), RoundsScale: true, LogitCap: keys.Cap("final_logit_softcapping", 0)),
        });
    }

    private static ModelConfig WithLayers(FamilyKeys keys, ModelConfig sizes)
    {
        ConfigReader config = keys.Config;
        int window = keys.Window(DefaultWindow);
        int pattern = config.Integer("sliding_window_pattern", 1, MostLayers)
            ?? config.Integer("_sliding_window_pattern", 1, MostLayers) ?? DefaultPattern;
        bool[] sliding = keys.SlidingLayers(sizes.LayerCount, i => (i + 1) % pattern != 0);
        if (window == 0 && sliding.Contains(true))
        {
            config.Report(Codes.ConfigInvalid, "sliding_window", "'sliding_window' is null, but there are layers with a window; its width is wanted");
        }

        RopeContext context = new(sizes.HeadSize, DefaultTheta, sizes.MaxPositions, Length: keys.Length);
        RopeReading? global = RopeSettings.Read(config, context, Full);
        RopeReading? local = HasBoth(config)
            ? RopeSettings.Read(config, context with { DefaultTheta = DefaultLocalTheta }, Sliding)
            : RopeSettings.Plain(context, config.Number("rope_local_base_freq", MaxTheta) ?? DefaultLocalTheta);
        return global is null || local is null
            ? sizes
            : sizes with
            {
                RopeTheta = global.Angles.Theta,
                RopeScaling = global.Scaling,
                MaxPositions = Math.Min(global.MaxPositions, local.MaxPositions),
                Layers =
                [
                    .. sliding.Select(isLocal => new LayerSettings(
                        isLocal ? local.Angles : global.Angles, isLocal ? keys.Seen(window, global.MaxPositions) : 0)),
                ],
            };
    }

    // The newer form: one object for each kind of layer.
    private static bool HasBoth(ConfigReader config) =>
        config.Has("rope_parameters") && config.Inside("rope_parameters") is { } rope && rope.HasNestedObject();
}
