namespace Flightc.Models;

/// <summary>StarCoder2 (Lozhkov et al. 2024): layer norms, biases, GELU without a gate, rotary positions and a window.</summary>
internal sealed class Starcoder2Family : ModelFamily
{
    private const double DefaultTheta = 10000;

    /// <inheritdoc/>
    public override string Name => "starcoder2";

    /// <inheritdoc/>
    public override string Title => "StarCoder2";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Architectures => ["Starcoder2ForCausalLM"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["starcoder2"];

    /// <inheritdoc/>
    public override string Differs => "layer norms, biases (`use_bias`), GELU by tanh without a gate, a window in every layer";

    /// <inheritdoc/>
    public override string Refuses => "";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorPlace> Places(ModelConfig config)
    {
        Dictionary<string, TensorPlace> places = HubPlaces.Llama();
        places["layers.N.mlp.up"] = "layers.N.mlp.c_fc";
        places["layers.N.mlp.down"] = "layers.N.mlp.c_proj";
        return places;
    }

    /// <inheritdoc/>
    internal override ModelConfig? Read(FamilyKeys keys)
    {
        ModelConfig sizes = keys.Sizes(new SizeKeys
        {
            DefaultKeyValueHeads = 2, DefaultPositions = 4096, Epsilon = "norm_epsilon", DefaultEpsilon = 1e-5, DefaultTies = true,
            DefaultBos = 50256, DefaultEos = 50256,
        });
        int window = keys.Window(assumed: 0);
        sizes = keys.WithRotary(sizes, DefaultTheta, window == 0 ? null : _ => window);
        bool hasBias = keys.Flag("use_bias", assumed: true);
        return keys.Unless(sizes with
        {
            Norms = new NormSettings(NormKind.Layer, HasBias: true),
            Attention = new AttentionSettings(hasBias, hasBias),
            Mlp = new MlpSettings(keys.Activation("hidden_act", "gelu_pytorch_tanh"), IsGated: false, hasBias),
        });
    }
}
