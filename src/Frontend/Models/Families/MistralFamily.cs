namespace Flightc.Models;

/// <summary>Mistral 7B and its successors (Jiang et al. 2023): LLaMA with a window.</summary>
internal sealed class MistralFamily : ModelFamily
{
    private const double DefaultTheta = 10000;
    private const int DefaultWindow = 4096;

    /// <inheritdoc/>
    public override string Name => "mistral";

    /// <inheritdoc/>
    public override string Title => "Mistral";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Architectures => ["MistralForCausalLM"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["mistral"];

    /// <inheritdoc/>
    public override string Differs => "a token sees the last `sliding_window` tokens (4,096 where the key is absent, all where it is null)";

    /// <inheritdoc/>
    public override string Refuses => "";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorPlace> Places(ModelConfig config) => HubPlaces.Llama();

    /// <inheritdoc/>
    internal override ModelConfig? Read(FamilyKeys keys)
    {
        ModelConfig sizes = keys.Sizes(new SizeKeys
        {
            DefaultKeyValueHeads = 8, DefaultPositions = 131072, DefaultBos = 1, DefaultEos = 2,
        });
        int window = keys.Window(DefaultWindow);
        sizes = keys.WithRotary(sizes, DefaultTheta, window == 0 ? null : _ => window);
        return keys.Unless(sizes with { Mlp = new MlpSettings(keys.Activation("hidden_act", "silu")) });
    }
}
