using Flightc.IR;

namespace Flightc.Models;

/// <summary>Gemma 1 (Gemma Team 2024): scaled embeddings, norms stored less one, a network gated by GELU.</summary>
internal sealed class GemmaFamily : ModelFamily
{
    private const double DefaultTheta = 10000;

    /// <inheritdoc/>
    public override string Name => "gemma";

    /// <inheritdoc/>
    public override string Title => "Gemma 1";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Architectures => ["GemmaForCausalLM"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["gemma"];

    /// <inheritdoc/>
    public override string Differs =>
        "embeddings times √hidden, rounded to the table's element type; norms multiply by 1 + w; the gate's function is GELU by tanh, also where `hidden_act` says `gelu`";

    /// <inheritdoc/>
    public override string Refuses => "";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorPlace> Places(ModelConfig config) => GemmaPlaces.Of(hasPostNorms: false);

    /// <inheritdoc/>
    internal override ModelConfig? Read(FamilyKeys keys)
    {
        ModelConfig sizes = keys.Sizes(new SizeKeys
        {
            DefaultKeyValueHeads = 16, DefaultHeadSize = 256, DefaultPositions = 8192, DefaultTies = true, DefaultBos = 2, DefaultEos = 1,
        });
        sizes = keys.WithRotary(sizes, DefaultTheta);
        bool hasBias = keys.Flag("attention_bias");
        return keys.Unless(sizes with
        {
            Attention = new AttentionSettings(hasBias, hasBias),
            Mlp = new MlpSettings(Function(keys)),
            Ends = new EmbeddingSettings(Math.Sqrt(sizes.HiddenSize), RoundsScale: true),
        });
    }

    // The first configurations said 'gelu' of models that were trained with its approximation.
    private static ActivationFunction Function(FamilyKeys keys) =>
        keys.Config.Has("hidden_activation")
            ? keys.Activation("hidden_activation", "gelu_pytorch_tanh")
            : keys.Activation("hidden_act", "gelu_pytorch_tanh") is var function and not ActivationFunction.Gelu
                ? function
                : ActivationFunction.GeluTanh;
}
