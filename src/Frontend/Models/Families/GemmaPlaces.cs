namespace Flightc.Models;

/// <summary>Where Gemma's checkpoints keep their weights. All norms are stored less one.</summary>
internal static class GemmaPlaces
{
    private static readonly TensorTransform PlusOne = new() { Offset = 1 };

    /// <summary>The table.</summary>
    /// <param name="hasPostNorms">Whether there are four norms in a layer, as from Gemma 2 on.</param>
    public static Dictionary<string, TensorPlace> Of(bool hasPostNorms)
    {
        Dictionary<string, TensorPlace> places = HubPlaces.Llama();
        if (hasPostNorms)
        {
            places["layers.N.attn.post_norm"] = "layers.N.post_attention_layernorm";
            places["layers.N.mlp.norm"] = "layers.N.pre_feedforward_layernorm";
            places["layers.N.mlp.post_norm"] = "layers.N.post_feedforward_layernorm";
        }

        foreach (string norm in places.Keys.Where(operation => operation.EndsWith("norm", StringComparison.Ordinal)).ToList())
        {
            HubPlaces.Transform(places, norm, PlusOne);
        }

        return places;
    }
}
