namespace Flightc.Models;

/// <summary>Phi-3 and Phi-4 (Abdin et al. 2024): LLaMA whose projections are fused, with LongRoPE.</summary>
internal sealed class Phi3Family : ModelFamily
{
    private const double DefaultTheta = 10000;
    private const int OriginalPositions = 4096;

    /// <inheritdoc/>
    public override string Name => "phi3";

    /// <inheritdoc/>
    public override string Title => "Phi-3, Phi-3.5, Phi-4, Phi-4-mini";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Architectures => ["Phi3ForCausalLM"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["phi3"];

    /// <inheritdoc/>
    public override string Differs =>
        "queries, keys and values are rows of one tensor, gate and up of another; heads may be turned in part; LongRoPE, whose factors follow from `--max-length`";

    /// <inheritdoc/>
    public override string Refuses => "`short_mscale`, `long_mscale`";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorPlace> Places(ModelConfig config)
    {
        Dictionary<string, TensorPlace> places = HubPlaces.Llama();
        long queries = (long)config.HeadCount * config.HeadSize, keys = (long)config.KeyValueHeadCount * config.HeadSize;
        HubPlaces.Fuse(
            places, "layers.N.self_attn.qkv_proj", TensorTransform.None,
            ("layers.N.attn.q", queries), ("layers.N.attn.k", keys), ("layers.N.attn.v", keys));
        HubPlaces.Fuse(
            places, "layers.N.mlp.gate_up_proj", TensorTransform.None,
            ("layers.N.mlp.gate", config.IntermediateSize), ("layers.N.mlp.up", config.IntermediateSize));
        return places;
    }

    /// <inheritdoc/>
    internal override ModelConfig? Read(FamilyKeys keys)
    {
        ModelConfig sizes = keys.Sizes(new SizeKeys { DefaultPositions = 4096, DefaultEpsilon = 1e-5, DefaultBos = 1, DefaultEos = 32000 });
        int window = keys.Window(assumed: 0);
        sizes = keys.WithRotary(sizes, DefaultTheta, window == 0 ? null : _ => window, original: OriginalPositions);
        return keys.Unless(sizes with { Mlp = new MlpSettings(keys.Activation("hidden_act", "silu")) });
    }
}
