using Flightc.Diagnostics;
using Flightc.Models;

namespace Flightc.Raising;

/// <summary>The exact angles behind those that were measured, where a <c>config.json</c> beside the file states them.</summary>
/// <remarks>Scaled frequencies, such as those of LLaMA 3.1, are no round numbers: what a table of binary32 says of them differs in the last digits from the formula of the
/// configuration. The graph decides; the configuration is asked for digits only.</remarks>
internal static class ConfiguredAngles
{
    /// <summary>The decoder with exact angles wherever the configuration's are the measured ones.</summary>
    /// <param name="decoder">The decoder.</param>
    /// <param name="configPath">A <c>config.json</c>, or null.</param>
    /// <param name="length">The longest sequence that is wanted, or null.</param>
    public static RaisedDecoder Apply(RaisedDecoder decoder, string? configPath, int? length)
    {
        if (configPath is null || ModelConfig.TryRead(configPath, new DiagnosticBag(), length) is not { } config || config.LayerCount != decoder.Layers.Count)
        {
            return decoder;
        }

        return decoder with
        {
            Layers =
            [
                .. decoder.Layers.Select((layer, i) => layer.Attention.Rotary is { } measured && config.Layer(i).Rotary is { } stated && NearAngles.AreNear(measured, stated)
                    ? layer with { Attention = layer.Attention.WithAngles(stated) } : layer),
            ],
        };
    }
}
