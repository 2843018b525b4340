namespace Flightc.Models;

/// <summary>LLaMA 1 to 3.x (Touvron et al. 2023, Dubey et al. 2024), and what has its architecture: SmolLM, TinyLlama, Vicuna and many more.</summary>
internal sealed class LlamaFamily : ModelFamily
{
    private const double DefaultTheta = 10000;

    /// <inheritdoc/>
    public override string Name => "llama";

    /// <inheritdoc/>
    public override string Title => "LLaMA 1 to 3.x, SmolLM, TinyLlama";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Architectures => ["LlamaForCausalLM", "LLaMAForCausalLM"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["llama"];

    /// <inheritdoc/>
    public override string Differs => "RMS norms, rotary positions with every published scaling, grouped-query attention, a gated network; biases where the configuration has them";

    /// <inheritdoc/>
    public override string Refuses => "";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorPlace> Places(ModelConfig config) => HubPlaces.Llama();

    /// <inheritdoc/>
    internal override ModelConfig? Read(FamilyKeys keys)
    {
        ModelConfig sizes = keys.Sizes(new SizeKeys { DefaultBos = 1, DefaultEos = 2 });
        sizes = keys.WithRotary(sizes, DefaultTheta);
        bool hasBias = keys.Flag("attention_bias");
        return keys.Unless(sizes with
        {
            Attention = new AttentionSettings(hasBias, hasBias),
            Mlp = new MlpSettings(keys.Activation("hidden_act", "silu"), HasBias: keys.Flag("mlp_bias")),
        });
    }
}
