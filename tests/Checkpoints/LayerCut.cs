using System.Text.Json.Nodes;

namespace Flightc.Tests;

/// <summary>The same model with another number of layers.</summary>
internal static class LayerCut
{
    // What has an entry for each layer.
    private static readonly string[] PerLayer = ["layer_types", "no_rope_layers"];

    /// <summary>Changes a configuration. Lists with an entry for each layer are cut, or repeated.</summary>
    /// <param name="config">What config.json says.</param>
    /// <param name="layers">At least 1.</param>
    /// <exception cref="ArgumentException">No layers at all.</exception>
    public static void Apply(JsonObject config, int layers)
    {
        if (layers < 1)
        {
            throw new ArgumentException($"a model has at least 1 layer, not {layers}", nameof(layers));
        }

        JsonObject text = config["text_config"]?.AsObject() ?? config;
        text[text.ContainsKey("n_layer") ? "n_layer" : "num_hidden_layers"] = layers;
        foreach (string key in PerLayer)
        {
            if (text[key] is JsonArray { Count: > 0 } list)
            {
                text[key] = new JsonArray([.. Enumerable.Range(0, layers).Select(i => list[i % list.Count]?.DeepClone())]);
            }
        }
    }
}
