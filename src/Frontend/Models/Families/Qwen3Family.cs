namespace Flightc.Models;

/// <summary>Qwen 3 (Yang et al. 2025): LLaMA with norms of the heads of queries and keys, whose size is apart from the hidden size.</summary>
internal sealed class Qwen3Family : ModelFamily
{
    private const double DefaultTheta = 10000;

    /// <inheritdoc/>
    public override string Name => "qwen3";

    /// <inheritdoc/>
    public override string Title => "Qwen 3";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Architectures => ["Qwen3ForCausalLM"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["qwen3"];

    /// <inheritdoc/>
    public override string Differs => "every head of queries and keys is normed before it is turned; `head_dim` is 128 where it is absent; windows as in Qwen 2";

    /// <inheritdoc/>
    public override string Refuses => "";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorPlace> Places(ModelConfig config) => HubPlaces.Llama();

    /// <inheritdoc/>
    internal override ModelConfig? Read(FamilyKeys keys)
    {
        ModelConfig sizes = keys.Sizes(new SizeKeys { DefaultKeyValueHeads = 32, DefaultHeadSize = 128, DefaultPositions = 32768 });
        sizes = keys.WithRotary(sizes, DefaultTheta, QwenWindows.Read(keys, sizes.LayerCount));
        bool hasBias = keys.Flag("attention_bias");
        return keys.Unless(sizes with
        {
            Attention = new AttentionSettings(hasBias, hasBias, HasHeadNorms: true),
            Mlp = new MlpSettings(keys.Activation("hidden_act", "silu")),
        });
    }
}
