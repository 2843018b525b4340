namespace Flightc.Models;

/// <summary>OPT (Zhang et al. 2022): layer norms, biases, ReLU, and learned positions of which the first two rows serve nothing.</summary>
internal sealed class OptFamily : ModelFamily
{
    private const int RowsBeforeFirst = 2;

    /// <inheritdoc/>
    public override string Name => "opt";

    /// <inheritdoc/>
    public override string Title => "OPT";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Architectures => ["OPTForCausalLM"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["opt"];

    /// <inheritdoc/>
    public override string Differs => "layer norms, biases everywhere, ReLU without a gate, learned positions from row 2 of their table on";

    /// <inheritdoc/>
    public override string Refuses =>
        "`do_layer_norm_before: false` and another `word_embed_proj_dim` than `hidden_size` (opt-350m), `layer_norm_elementwise_affine: false`, "
        + "`_remove_final_layer_norm: true`";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Modules { get; } = ["model.decoder.", "decoder.", ""];

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorPlace> Places(ModelConfig config) => new Dictionary<string, TensorPlace>(StringComparer.Ordinal)
    {
        ["embed"] = "embed_tokens",
        ["positions"] = "embed_positions",
        ["layers.N.attn.norm"] = "layers.N.self_attn_layer_norm",
        ["layers.N.attn.q"] = "layers.N.self_attn.q_proj",
        ["layers.N.attn.k"] = "layers.N.self_attn.k_proj",
        ["layers.N.attn.v"] = "layers.N.self_attn.v_proj",
        ["layers.N.attn.o"] = "layers.N.self_attn.out_proj",
        ["layers.N.mlp.norm"] = "layers.N.final_layer_norm",
        ["layers.N.mlp.up"] = "layers.N.fc1",
        ["layers.N.mlp.down"] = "layers.N.fc2",
        ["norm"] = "final_layer_norm",
        ["head"] = new TensorPlace("lm_head", IsOutside: true),
    };

    /// <inheritdoc/>
    internal override ModelConfig? Read(FamilyKeys keys)
    {
        ModelConfig sizes = keys.Sizes(new SizeKeys
        {
            Intermediate = "ffn_dim", KeyValueHeads = null, HeadSize = null, Epsilon = null, DefaultEpsilon = 1e-5, DefaultTies = true,
            DefaultBos = 2, DefaultEos = 2,
        });
        const string another = "take another size of OPT: all but opt-350m have what is wanted";
        keys.Refuse("do_layer_norm_before", refused: false, assumed: true, "norms stand behind the residual stream, which cannot be compiled", another);
        keys.Refuse("layer_norm_elementwise_affine", refused: false, assumed: true, "norms without weights cannot be compiled", another);
        keys.Refuse("_remove_final_layer_norm", refused: true, assumed: false, "a decoder without its last norm cannot be compiled", another);
        if (keys.Config.Integer("word_embed_proj_dim", 1, int.MaxValue) is { } width && width != sizes.HiddenSize)
        {
            keys.Config.Report(
                Diagnostics.Codes.FeatureUnsupported, "word_embed_proj_dim",
                $"'word_embed_proj_dim' is {width}: embeddings that are narrower than the decoder cannot be compiled; {sizes.HiddenSize} is wanted", another);
        }

        bool hasBias = keys.Flag("enable_bias", assumed: true);
        return keys.Unless(sizes with
        {
            Norms = new NormSettings(NormKind.Layer, HasBias: true),
            Attention = new AttentionSettings(hasBias, hasBias),
            Mlp = new MlpSettings(keys.Activation("activation_function", "relu"), IsGated: false, hasBias),
            Ends = new EmbeddingSettings(PositionOffset: RowsBeforeFirst),
            Layers = [.. Enumerable.Repeat(new LayerSettings(Rotary: null), sizes.LayerCount)],
        });
    }
}
