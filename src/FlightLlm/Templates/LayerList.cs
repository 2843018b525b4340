namespace Flightc.FlightLlm;

/// <summary>The layers of one inference in the order, with the fusions, of the released IR.</summary>
/// <remarks>
/// A decoder layer of decode has 13: norm; q and k with rotary positions; v; two joins with the cache; scores with softmax;
/// values; o with residual; norm; gate with SiLU; up with product; down with residual. Prefill has no joins. Then follow the
/// last norm and the head.
/// </remarks>
public static class LayerList
{
    /// <summary>One decode step whose token is the last of a context.</summary>
    /// <param name="model">The shape.</param>
    /// <param name="recipe">Shares of weights that are kept.</param>
    /// <param name="context">Tokens seen, the new one included; a multiple of 16.</param>
    public static IReadOnlyList<PublishedLayer> Decode(PublishedModel model, PublishedRecipe recipe, int context) =>
        Of(model, recipe, 1, context);

    /// <summary>A prompt.</summary>
    /// <param name="model">The shape.</param>
    /// <param name="recipe">Shares of weights that are kept.</param>
    /// <param name="tokens">Its length; a multiple of 16, at least 32.</param>
    public static IReadOnlyList<PublishedLayer> Prefill(PublishedModel model, PublishedRecipe recipe, int tokens) =>
        Of(model, recipe, tokens, tokens);

    private static List<PublishedLayer> Of(PublishedModel model, PublishedRecipe recipe, int tokens, int context)
    {
        List<PublishedLayer> layers = [];
        int all = model.Heads * model.HeadDim;
        int cached = model.KvHeads * model.HeadDim;
        for (int i = 0; i < model.Layers; i++)
        {
            layers.Add(new NormLayer($"input_layer_norm_layer_{i}", tokens, model.Hidden));
            layers.Add(Linear($"q_proj_layer_{i}", model.Hidden, all, true, recipe.QueryKept, FusedOperation.Rotary));
            layers.Add(Linear($"k_proj_layer_{i}", model.Hidden, cached, true, recipe.KeyKept, FusedOperation.Rotary));
            layers.Add(Linear($"v_proj_layer_{i}", model.Hidden, cached, true, recipe.OtherKept, FusedOperation.None));
            if (tokens == 1)
            {
                layers.Add(new ConcatLayer($"concat_past_keys_{i}", (context - 1L) * cached, cached));
                layers.Add(new ConcatLayer($"concat_past_values_{i}", (context - 1L) * cached, cached));
            }

            layers.Add(Attention($"attention_qkt_{i}", i, model.HeadDim, context, true));
            layers.Add(Attention($"attention_qktv_{i}", i, context, model.HeadDim, false));
            layers.Add(Linear($"out_proj_layer_{i}", all, model.Hidden, true, recipe.OtherKept, FusedOperation.Add));
            layers.Add(new NormLayer($"final_layer_norm_layer_{i}", tokens, model.Hidden));
            layers.Add(Linear($"gate_layer_{i}", model.Hidden, model.Intermediate, false, recipe.OtherKept, FusedOperation.Silu));
            layers.Add(Linear($"up_layer_{i}", model.Hidden, model.Intermediate, false, recipe.OtherKept, FusedOperation.Mul));
            layers.Add(Linear($"down_layer_{i}", model.Intermediate, model.Hidden, false, recipe.OtherKept, FusedOperation.Add));
        }

        layers.Add(new NormLayer("final_layer_norm_layer_in_decoder", tokens, model.Hidden));
        layers.Add(Linear("lm_head_layer", model.Hidden, model.Vocabulary, false, recipe.OtherKept, FusedOperation.None));
        return layers;

        LinearLayer Linear(string name, int inputs, int outputs, bool hasBias, double kept, FusedOperation fused) =>
            new(name, tokens, inputs, outputs, hasBias, kept, fused);

        AttentionLayer Attention(string name, int block, int inputs, int outputs, bool makesScores) =>
            new(name, block, 0, model.Heads, model.KvHeads, tokens, inputs, outputs, makesScores);
    }
}
