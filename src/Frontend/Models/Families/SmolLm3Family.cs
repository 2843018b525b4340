using Flightc.Diagnostics;

namespace Flightc.Models;

/// <summary>SmolLM3 (Bakouch et al. 2025): LLaMA whose every fourth layer has no positions.</summary>
internal sealed class SmolLm3Family : ModelFamily
{
    private const double DefaultTheta = 2_000_000;
    private const int DefaultInterval = 4;
    private const int MostLayers = 4096;

    /// <inheritdoc/>
    public override string Name => "smollm3";

    /// <inheritdoc/>
    public override string Title => "SmolLM3";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Architectures => ["SmolLM3ForCausalLM"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["smollm3"];

    /// <inheritdoc/>
    public override string Differs => "queries and keys are turned in the layers only where `no_rope_layers` has a 1 (every fourth has none where the key is absent)";

    /// <inheritdoc/>
    public override string Refuses => "";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorPlace> Places(ModelConfig config) => HubPlaces.Llama();

    /// <inheritdoc/>
    internal override ModelConfig? Read(FamilyKeys keys)
    {
        ModelConfig sizes = keys.Sizes(new SizeKeys
        {
            DefaultKeyValueHeads = 4, DefaultPositions = 32768, DefaultTies = true, DefaultBos = 128_000, DefaultEos = 128_001,
        });
        bool[] turns = TurnedLayers(keys, sizes.LayerCount);
        sizes = keys.WithRotary(sizes, DefaultTheta, QwenWindows.Read(keys, sizes.LayerCount, i => !turns[i], defaultWindow: 0));
        bool hasBias = keys.Flag("attention_bias");
        return keys.Unless(sizes with
        {
            Attention = new AttentionSettings(hasBias, hasBias),
            Mlp = new MlpSettings(keys.Activation("hidden_act", "silu"), HasBias: keys.Flag("mlp_bias")),
            Layers = [.. turns.Select((turned, i) => turned ? sizes.Layer(i) : sizes.Layer(i) with { Rotary = null })],
        });
    }

    private static bool[] TurnedLayers(FamilyKeys keys, int layers)
    {
        int interval = keys.Config.Integer("no_rope_layer_interval", 1, MostLayers) ?? DefaultInterval;
        bool[] assumed = [.. Enumerable.Range(1, layers).Select(i => i % interval != 0)];
        if (keys.Config.Switches("no_rope_layers") is not { } turned)
        {
            return assumed;
        }

        if (turned.Length == layers)
        {
            return turned;
        }

        keys.Config.Report(
            Codes.ConfigInvalid, "no_rope_layers", $"'no_rope_layers' has {turned.Length} entries; {layers} are wanted, one for each layer");
        return assumed;
    }
}
