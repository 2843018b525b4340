namespace Flightc.Models;

/// <summary>Qwen 2 and 2.5 (Yang et al. 2024): LLaMA with biases of queries, keys and values.</summary>
internal sealed class Qwen2Family : ModelFamily
{
    private const double DefaultTheta = 10000;

    /// <inheritdoc/>
    public override string Name => "qwen2";

    /// <inheritdoc/>
    public override string Title => "Qwen 2, Qwen 2.5";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Architectures => ["Qwen2ForCausalLM"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["qwen2"];

    /// <inheritdoc/>
    public override string Differs =>
        "biases of queries, keys and values; windows from layer `max_window_layers` on where `use_sliding_window` is true";

    /// <inheritdoc/>
    public override string Refuses => "`rope_scaling` of type `mrope` (models that see)";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorPlace> Places(ModelConfig config) => HubPlaces.Llama();

    /// <inheritdoc/>
    internal override ModelConfig? Read(FamilyKeys keys)
    {
        ModelConfig sizes = keys.Sizes(new SizeKeys { DefaultKeyValueHeads = 32, DefaultPositions = 32768 });
        sizes = keys.WithRotary(sizes, DefaultTheta, QwenWindows.Read(keys, sizes.LayerCount));
        return keys.Unless(sizes with
        {
            Attention = new AttentionSettings(HasBias: true),
            Mlp = new MlpSettings(keys.Activation("hidden_act", "silu")),
        });
    }
}
