namespace Flightc.Models;

/// <summary>GPT-2 (Radford et al. 2019): layer norms, biases, GELU, learned positions, matrices stored (in, out).</summary>
internal sealed class Gpt2Family : ModelFamily
{
    private const int Expansion = 4;

    /// <inheritdoc/>
    public override string Name => "gpt2";

    /// <inheritdoc/>
    public override string Title => "GPT-2";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Architectures => ["GPT2LMHeadModel"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["gpt2"];

    /// <inheritdoc/>
    public override string Differs =>
        "layer norms, biases everywhere, GELU by tanh without a gate, learned positions; matrices are stored (in, out), queries, keys and values in one; keys `n_embd`, `n_layer`, `n_head`, `n_inner`, `n_positions`";

    /// <inheritdoc/>
    public override string Refuses => "`add_cross_attention: true`";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Modules { get; } = ["transformer.", ""];

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorPlace> Places(ModelConfig config)
    {
        Dictionary<string, TensorPlace> places = new(StringComparer.Ordinal)
        {
            ["embed"] = "wte",
            ["positions"] = "wpe",
            ["layers.N.attn.norm"] = "h.N.ln_1",
            ["layers.N.attn.o"] = new("h.N.attn.c_proj", TensorTransform.Transposed),
            ["layers.N.mlp.norm"] = "h.N.ln_2",
            ["layers.N.mlp.up"] = new("h.N.mlp.c_fc", TensorTransform.Transposed),
            ["layers.N.mlp.down"] = new("h.N.mlp.c_proj", TensorTransform.Transposed),
            ["norm"] = "ln_f",
            ["head"] = new TensorPlace("lm_head", IsOutside: true),
        };
        HubPlaces.Fuse(
            places, "h.N.attn.c_attn", TensorTransform.Transposed,
            ("layers.N.attn.q", config.HiddenSize), ("layers.N.attn.k", config.HiddenSize), ("layers.N.attn.v", config.HiddenSize));
        return places;
    }

    /// <inheritdoc/>
    internal override ModelConfig? Read(FamilyKeys keys)
    {
        // The reference implementation takes the usual names too.
        string Own(string own, string usual) => !keys.Config.Has(own) && keys.Config.Has(usual) ? usual : own;
        ModelConfig sizes = keys.Sizes(new SizeKeys
        {
            Intermediate = "n_inner", DefaultExpansion = Expansion, Hidden = Own("n_embd", "hidden_size"), Layers = Own("n_layer", "num_hidden_layers"),
            Heads = Own("n_head", "num_attention_heads"), KeyValueHeads = null, HeadSize = null,
            Positions = Own("n_positions", "max_position_embeddings"), DefaultPositions = 1024,
            Epsilon = "layer_norm_epsilon", DefaultEpsilon = 1e-5, DefaultTies = true, DefaultBos = 50256, DefaultEos = 50256,
        });
        keys.Refuse(
            "add_cross_attention", refused: true, assumed: false, "attention to another model's states cannot be compiled",
            "take a GPT-2 model that generates text by itself");
        bool scales = keys.Flag("scale_attn_weights", assumed: true), byLayer = keys.Flag("scale_attn_by_inverse_layer_idx");
        return keys.Unless(sizes with
        {
            Norms = new NormSettings(NormKind.Layer, HasBias: true),
            Attention = new AttentionSettings(HasBias: true, HasOutputBias: true),
            Mlp = new MlpSettings(keys.Activation("activation_function", "gelu_new"), IsGated: false, HasBias: true),
            Ends = new EmbeddingSettings(PositionOffset: 0),
            Layers = [.. Enumerable.Range(0, sizes.LayerCount).Select(i => new LayerSettings(Rotary: null, Scale: ScaleOf(i)))],
        });

        float? ScaleOf(int layer) => scales && !byLayer
            ? null
            : (float)((scales ? 1 / Math.Sqrt(sizes.HeadSize) : 1) / (byLayer ? layer + 1 : 1));
    }
}
