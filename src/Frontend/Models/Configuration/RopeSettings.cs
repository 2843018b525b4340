using System.Globalization;
using Flightc.Diagnostics;
using Flightc.Numerics;

namespace Flightc.Models;

/// <summary>Reads the rotary embedding's settings in their old and their new place.</summary>
/// <remarks>
/// Old: <c>rope_theta</c> beside <c>rope_scaling</c> (null, or an object with <c>rope_type</c> or <c>type</c>). New:
/// both in <c>rope_parameters</c>, which may hold one object for each kind of layer. The formulas are those of transformers' <c>modeling_rope_utils</c>.
/// </remarks>
internal static class RopeSettings
{
    private const double MaxTheta = 1e15;
    private const double MaxFactor = 1e6;
    private const int MaxOriginal = 1 << 30;
    private const double FastTurns = 32;
    private const double SlowTurns = 1;
    private const string Sliding = "sliding_attention";
    private const string Kinds = "default, linear, dynamic, llama3, yarn, longrope";

    /// <summary>The angles, or null when something was reported.</summary>
    /// <param name="config">The object that holds all of it.</param>
    /// <param name="context">What they depend on.</param>
    /// <param name="layers">The kind of layers they are for, such as <c>full_attention</c>, where kinds may differ; otherwise null.</param>
    public static RopeReading? Read(ConfigReader config, RopeContext context, string? layers = null)
    {
        double? theta = config.Number(layers == Sliding ? "rope_local_base_freq" : "rope_theta", MaxTheta);
        ConfigReader? settings = null;
        double? inside = null;
        foreach (string key in (string[])["rope_parameters", "rope_scaling"])
        {
            if (Inside(config, key, layers) is { } found)
            {
                inside ??= found.Number("rope_theta", MaxTheta);
                settings = settings is null || TypeOf(settings) is null ? found : settings;
            }
        }

        // For some kind of layers the base may be another one.
        if (layers is null && theta != inside && theta is not null && inside is not null)
        {
            string values = string.Create(CultureInfo.InvariantCulture, $"{theta} here and {inside} in 'rope_parameters'");
            config.Report(Codes.ConfigInvalid, "rope_theta", $"'rope_theta' is {values}; one value is wanted");
        }

        double turned = inside ?? theta ?? context.DefaultTheta;
        int dim = Dim(config, settings, context);
        if (turned < 1)
        {
            // Frequencies above one turn per position have no meaning, and the tables do not go there.
            config.Report(
                Codes.FeatureUnsupported, "rope_theta",
                string.Create(CultureInfo.InvariantCulture, $"'rope_theta' is {turned}; a number from 1 is wanted"));
        }

        return config.Failed ? null : Scaled(config, settings, context, turned, dim);
    }

    // Unscaled angles, for layers whose settings stand elsewhere.
    public static RopeReading Plain(RopeContext context, double theta) => new(new RotaryAngles(theta, context.HeadSize), context.MaxPositions);

    private static ConfigReader? Inside(ConfigReader config, string key, string? layers)
    {
        ConfigReader? settings = config.Inside(key);
        if (settings?.HasNestedObject() is not true)
        {
            return settings;
        }

        if (layers is not null)
        {
            return settings.Inside(layers);
        }

        config.Report(Codes.FeatureUnsupported, key, $"'{key}' differs between layers, which cannot be compiled");
        return null;
    }

    private static string? TypeOf(ConfigReader settings) => settings.Text("rope_type") ?? settings.Text("type");

    private static int Dim(ConfigReader config, ConfigReader? settings, RopeContext context)
    {
        double partial = settings?.Number("partial_rotary_factor", 1) ?? config.Number("partial_rotary_factor", 1) ?? context.DefaultPartial;
        int dim = (int)(context.HeadSize * partial);
        if (dim % 2 != 0 || dim < 2)
        {
            config.Report(
                Codes.FeatureUnsupported, "partial_rotary_factor",
                $"{dim} of the {context.HeadSize} elements of a head are turned; an even number is wanted, because rotary embedding turns pairs");
        }

        return dim;
    }

    private static RopeReading? Scaled(ConfigReader config, ConfigReader? settings, RopeContext context, double theta, int dim)
    {
        RotaryAngles plain = new(theta, dim);
        if (settings is null)
        {
            return new RopeReading(plain, context.MaxPositions);
        }

        string key = settings.Prefix[..^1];
        switch (TypeOf(settings))
        {
            case null when settings.Has("factor"):
                config.Report(Codes.ConfigInvalid, key, $"'{key}' has a 'factor' but no 'rope_type'");
                return null;
            case null or "default":
                return new RopeReading(plain, context.MaxPositions);
            case "linear":
                return Required(settings, "factor", MaxFactor) is { } factor
                    ? new RopeReading(RotaryScaling.Linear(theta, dim, factor), context.MaxPositions, "linear") : null;
            case "dynamic":
                return Dynamic(config, context, key, plain);
            case "llama3":
                return Llama3(settings, context, theta, dim);
            case "longrope" or "su":
                return Long(config, settings, context, theta, dim);
            case "yarn" when settings.Has("short_factor"):
                // An early name of the same in Phi-3.
                return Long(config, settings, context, theta, dim);
            case "yarn":
                return Yarn(settings, context, theta, dim);
            case { } other:
                config.Report(
                    Codes.FeatureUnsupported, key,
                    $"'{key}' asks for rotary embedding of type '{Excerpt.Of(other)}', which cannot be compiled; one of these is wanted: {Kinds}");
                return null;
        }
    }

    private static RopeReading? Dynamic(ConfigReader config, RopeContext context, string key, RotaryAngles plain)
    {
        if (context.Length > context.MaxPositions)
        {
            config.Report(
                Codes.FeatureUnsupported, key,
                $"beyond {context.MaxPositions} positions 'dynamic' rotary embedding changes with every token, which cannot be compiled",
                $"compile for at most {context.MaxPositions} tokens (--max-length), or take a model with 'yarn' or 'linear'");
            return null;
        }

        config.Note(key, $"'dynamic' rotary embedding is unscaled up to {context.MaxPositions} positions, and so it is compiled");
        return new RopeReading(plain, context.MaxPositions, "dynamic, not in use");
    }

    private static RopeReading? Llama3(ConfigReader settings, RopeContext context, double theta, int dim)
    {
        double? factor = Required(settings, "factor", MaxFactor);
        double? low = Required(settings, "low_freq_factor", MaxFactor), high = Required(settings, "high_freq_factor", MaxFactor);
        double? original = Required(settings, "original_max_position_embeddings", MaxOriginal);
        if (low >= high)
        {
            settings.Report(
                Codes.ConfigInvalid, "high_freq_factor",
                string.Create(CultureInfo.InvariantCulture, $"'{settings.Prefix}high_freq_factor' is {high}; more than 'low_freq_factor', which is {low}, is wanted"));
        }

        return settings.Failed
            ? null
            : new RopeReading(RotaryScaling.Llama3(theta, dim, factor!.Value, low!.Value, high!.Value, original!.Value), context.MaxPositions, "llama3");
    }

    private static RopeReading? Yarn(ConfigReader settings, RopeContext context, double theta, int dim)
    {
        double? factor = Required(settings, "factor", MaxFactor);
        double original = settings.Number("original_max_position_embeddings", MaxOriginal) ?? context.MaxPositions;
        double? stated = settings.Number("attention_factor", MaxFactor);
        double? weight = settings.Number("mscale", MaxFactor, acceptsZero: true), all = settings.Number("mscale_all_dim", MaxFactor, acceptsZero: true);
        double fast = settings.Number("beta_fast", MaxFactor, acceptsZero: true) is { } f and > 0 ? f : FastTurns;
        double slow = settings.Number("beta_slow", MaxFactor, acceptsZero: true) is { } s and > 0 ? s : SlowTurns;
        bool rounds = settings.Flag("truncate") ?? true;
        if (theta == 1)
        {
            settings.Report(Codes.ConfigInvalid, "rope_theta", "'rope_theta' is 1, for which 'yarn' says nothing; a larger number is wanted");
        }

        if (settings.Failed)
        {
            return null;
        }

        double magnitude = stated ?? (weight > 0 && all > 0
            ? RotaryScaling.YarnMagnitude(factor!.Value, weight.Value) / RotaryScaling.YarnMagnitude(factor.Value, all.Value)
            : RotaryScaling.YarnMagnitude(factor!.Value));
        return new RopeReading(RotaryScaling.Yarn(theta, dim, factor!.Value, fast, slow, original, rounds, magnitude), context.MaxPositions, "yarn");
    }

    private static RopeReading? Long(ConfigReader config, ConfigReader settings, RopeContext context, double theta, int dim)
    {
        string key = settings.Prefix[..^1];
        foreach (string mscale in (string[])["short_mscale", "long_mscale"])
        {
            if (settings.Has(mscale))
            {
                settings.Report(
                    Codes.FeatureUnsupported, mscale,
                    $"'{settings.Prefix}{mscale}' is known of mixtures of experts only, which cannot be compiled; 'attention_factor' is wanted");
            }
        }

        int? stated = config.Integer("original_max_position_embeddings", 2, MaxOriginal)
            ?? settings.Integer("original_max_position_embeddings", 2, MaxOriginal) ?? context.OriginalPositions;
        int original = stated ?? context.MaxPositions;
        double? factor = stated is null ? settings.Number("factor", MaxFactor) : (double)context.MaxPositions / original;
        double? magnitude = settings.Number("attention_factor", MaxFactor);
        double[] shorter = Factors(settings, "short_factor", dim), longer = Factors(settings, "long_factor", dim);
        if (config.Failed)
        {
            return null;
        }

        magnitude ??= RotaryScaling.LongMagnitude(factor ?? 1, original);
        bool isLong = (context.Length ?? context.MaxPositions) > original;
        config.Note(
            key, isLong
                ? $"sequences may have more than {original} tokens: 'long_factor' is compiled, for short ones too; --max-length {original} takes 'short_factor'"
                : $"sequences have at most {original} tokens: 'short_factor' is compiled");
        return new RopeReading(
            RotaryScaling.Long(theta, dim, isLong ? longer : shorter, magnitude.Value),
            isLong ? context.MaxPositions : Math.Min(original, context.MaxPositions),
            isLong ? "longrope, long factors" : "longrope, short factors");
    }

    private static double[] Factors(ConfigReader settings, string key, int dim)
    {
        double[]? factors = settings.Numbers(key);
        if (factors is null && !settings.Has(key))
        {
            settings.Report(Codes.ConfigInvalid, key, $"'{settings.Prefix}{key}' is missing; a list of {dim / 2} numbers is wanted");
        }
        else if (factors is not null && factors.Length != dim / 2)
        {
            settings.Report(
                Codes.ConfigInvalid, key, $"'{settings.Prefix}{key}' has {factors.Length} numbers; {dim / 2} are wanted, one for each pair that is turned");
        }

        return factors ?? [];
    }

    private static double? Required(ConfigReader settings, string key, double most)
    {
        if (!settings.Has(key))
        {
            settings.Report(Codes.ConfigInvalid, key, $"'{settings.Prefix}{key}' is missing; a number above 0 is wanted");
        }

        return settings.Number(key, most);
    }
}
