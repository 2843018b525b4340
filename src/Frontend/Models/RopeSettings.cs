using System.Globalization;
using Flightc.Diagnostics;

namespace Flightc.Models;

/// <summary>Reads the rotary embedding's settings in their old and their new place.</summary>
/// <remarks>
/// Old: <c>rope_theta</c> beside <c>rope_scaling</c> (null, or an object with <c>rope_type</c> or <c>type</c>). New:
/// both in <c>rope_parameters</c>. Only the unscaled kind, <c>default</c>, is accepted.
/// </remarks>
internal static class RopeSettings
{
    private const double DefaultTheta = 10000;
    private const double MaxTheta = 1e15;
    private const string Plain = "default";

    /// <summary>The base of the rotary embedding, or null when something was reported.</summary>
    public static double? ReadTheta(ConfigReader config)
    {
        double? theta = config.Number("rope_theta", MaxTheta);
        double? inside = null;
        foreach (string key in (string[])["rope_scaling", "rope_parameters"])
        {
            if (config.Inside(key) is not ConfigReader settings)
            {
                continue;
            }

            if (settings.HasNestedObject())
            {
                config.Report(
                    Codes.FeatureUnsupported, key,
                    $"'{key}' differs between layers, which cannot be compiled");
                continue;
            }

            RefuseScaling(config, settings, key);
            RefusePartial(settings, key);
            inside ??= settings.Number("rope_theta", MaxTheta);
        }

        RefusePartial(config, "partial_rotary_factor");
        if (theta != inside && theta is not null && inside is not null)
        {
            string values = string.Create(
                CultureInfo.InvariantCulture, $"{theta} here and {inside} in 'rope_parameters'");
            config.Report(Codes.ConfigInvalid, "rope_theta", $"'rope_theta' is {values}; one value is wanted");
        }

        return config.Failed ? null : inside ?? theta ?? DefaultTheta;
    }

    private static void RefuseScaling(ConfigReader config, ConfigReader settings, string key)
    {
        string? type = settings.Text("rope_type") ?? settings.Text("type");
        if (type is null && settings.Has("factor"))
        {
            config.Report(Codes.ConfigInvalid, key, $"'{key}' has a 'factor' but no 'rope_type'");
        }
        else if (type is not (null or Plain))
        {
            config.Report(
                Codes.FeatureUnsupported,
                key,
                $"'{key}' asks for rotary embedding of type '{Excerpt.Of(type)}', which cannot be compiled; '{Plain}' or null is wanted");
        }
    }

    private static void RefusePartial(ConfigReader settings, string key)
    {
        if (settings.Number("partial_rotary_factor", 1) is < 1)
        {
            settings.Report(
                Codes.FeatureUnsupported, key,
                "'partial_rotary_factor' is below 1: heads that are turned in part cannot be compiled");
        }
    }
}
