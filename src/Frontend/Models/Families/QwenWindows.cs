using Flightc.Diagnostics;

namespace Flightc.Models;

/// <summary>The windows of Qwen 2 and 3 and of SmolLM3: in the layers that <c>layer_types</c> names, where <c>use_sliding_window</c> is true.</summary>
internal static class QwenWindows
{
    private const int DefaultWindow = 4096;
    private const int DefaultFullLayers = 28;
    private const int MostLayers = 4096;

    /// <summary>The window of each layer, or null where none has one.</summary>
    /// <param name="keys">The configuration.</param>
    /// <param name="layers">How many layers there are.</param>
    /// <param name="assumed">Whether a layer has a window where <c>layer_types</c> is absent; where null, those from <c>max_window_layers</c> on.</param>
    /// <param name="defaultWindow">Where <c>sliding_window</c> is absent; 0 for none.</param>
    public static Func<int, int>? Read(FamilyKeys keys, int layers, Func<int, bool>? assumed = null, int defaultWindow = DefaultWindow)
    {
        int window = keys.Window(defaultWindow);
        window = keys.Flag("use_sliding_window") ? window : 0;
        int full = keys.Config.Integer("max_window_layers", 0, MostLayers) ?? DefaultFullLayers;
        bool[] sliding = keys.SlidingLayers(layers, i => window > 0 && (assumed?.Invoke(i) ?? i >= full));
        if (window > 0)
        {
            return i => sliding[i] ? window : 0;
        }

        if (sliding.Contains(true))
        {
            keys.Config.Report(
                Codes.ConfigInvalid, "layer_types",
                "'layer_types' has layers with a window, but 'use_sliding_window' is not true or 'sliding_window' is null",
                "say how wide the window is, or take the config.json from the model's source again");
        }

        return null;
    }
}
