namespace Flightc.Models;

/// <summary>Granite 3 (Granite Team 2024), dense: LLaMA with four constants that are multiplied in.</summary>
internal sealed class GraniteFamily : ModelFamily
{
    private const double DefaultTheta = 10000;
    private const string Residual = "residual_multiplier";
    private const string Logits = "logits_scaling";

    /// <inheritdoc/>
    public override string Name => "granite";

    /// <inheritdoc/>
    public override string Title => "Granite 3 (dense)";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Architectures => ["GraniteForCausalLM"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["granite"];

    /// <inheritdoc/>
    public override string Differs =>
        "`embedding_multiplier` and `attention_multiplier` in the operators; `residual_multiplier` and 1 ÷ `logits_scaling` multiplied into the weights before "
        + "them, in binary32";

    /// <inheritdoc/>
    public override string Refuses => "";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorPlace> Places(ModelConfig config)
    {
        Dictionary<string, TensorPlace> places = HubPlaces.Llama();
        TensorTransform residual = new() { Factor = (float)config.Multipliers.GetValueOrDefault(Residual, 1) };
        HubPlaces.Transform(places, "layers.N.attn.o", residual);
        HubPlaces.Transform(places, "layers.N.mlp.down", residual);
        HubPlaces.Transform(places, "norm", new TensorTransform { Factor = (float)(1 / config.Multipliers.GetValueOrDefault(Logits, 1)) });
        return places;
    }

    /// <inheritdoc/>
    internal override ModelConfig? Read(FamilyKeys keys)
    {
        ModelConfig sizes = keys.Sizes(new SizeKeys { DefaultBos = 1, DefaultEos = 2 });
        sizes = keys.WithRotary(sizes, DefaultTheta);
        bool hasBias = keys.Flag("attention_bias");
        double scale = keys.Number("attention_multiplier", 1);
        return keys.Unless(sizes with
        {
            Attention = new AttentionSettings(
                hasBias, hasBias, Scale: scale == 1 / Math.Sqrt(sizes.HeadSize) ? null : (float)scale),
            Mlp = new MlpSettings(keys.Activation("hidden_act", "silu"), HasBias: keys.Flag("mlp_bias")),
            Ends = new EmbeddingSettings(keys.Number("embedding_multiplier", 1)),
            Multipliers = new Dictionary<string, double> { [Residual] = keys.Number(Residual, 1), [Logits] = keys.Number(Logits, 1) },
        });
    }
}
