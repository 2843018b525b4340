namespace Flightc.Models;

/// <summary>Gemma 2 (Gemma Team 2024): Gemma with windows in every other layer, norms on both sides of each block, and soft caps.</summary>
internal sealed class Gemma2Family : ModelFamily
{
    private const double DefaultTheta = 10000;
    private const int DefaultWindow = 4096;
    private const double DefaultScalar = 256;
    private const double DefaultScoreCap = 50;
    private const double DefaultLogitCap = 30;

    /// <inheritdoc/>
    public override string Name => "gemma2";

    /// <inheritdoc/>
    public override string Title => "Gemma 2";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Architectures => ["Gemma2ForCausalLM"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["gemma2"];

    /// <inheritdoc/>
    public override string Differs =>
        "as Gemma 1, and: four norms in a layer; windows in layers 0, 2, 4 …; scores and logits capped; scores divided by √`query_pre_attn_scalar`";

    /// <inheritdoc/>
    public override string Refuses => "";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorPlace> Places(ModelConfig config) => GemmaPlaces.Of(hasPostNorms: true);

    /// <inheritdoc/>
    internal override ModelConfig? Read(FamilyKeys keys)
    {
        ModelConfig sizes = keys.Sizes(new SizeKeys
        {
            DefaultKeyValueHeads = 4, DefaultHeadSize = 256, DefaultPositions = 8192, DefaultTies = true, DefaultBos = 2, DefaultEos = 1,
        });
        int window = keys.Window(DefaultWindow);
        bool[] sliding = keys.SlidingLayers(sizes.LayerCount, i => i % 2 == 0);
        sizes = keys.WithRotary(sizes, DefaultTheta, i => sliding[i] ? window : 0);
        bool hasBias = keys.Flag("attention_bias");
        float? scale = FamilyKeys.ScaleOf(keys.Number("query_pre_attn_scalar", DefaultScalar), sizes.HeadSize);
        return keys.Unless(sizes with
        {
            Norms = new NormSettings(HasPostNorms: true),
            Attention = new AttentionSettings(hasBias, hasBias, Scale: scale, Cap: keys.Cap("attn_logit_softcapping", DefaultScoreCap)),
            Mlp = new MlpSettings(keys.Activation("hidden_activation", "gelu_pytorch_tanh")),
            Ends = new EmbeddingSettings(
                Math.Sqrt(sizes.HiddenSize), RoundsScale: true, LogitCap: keys.Cap("final_logit_softcapping", DefaultLogitCap)),
        });
    }
}
