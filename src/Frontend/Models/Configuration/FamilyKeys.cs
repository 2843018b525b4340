using System.Globalization;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Numerics;

namespace Flightc.Models;

/// <summary>The configuration of a model as its family reads it: sizes and the settings that several families have.</summary>
/// <remarks>
/// Reports all faults it can see; where one was reported, what is returned is only good for seeing the next. The limits lie well above every published
/// model and keep products of two sizes far below 2^63.
/// </remarks>
/// <param name="root">The configuration.</param>
/// <param name="config">The object in it that describes the decoder; <paramref name="root"/> where it is not nested.</param>
/// <param name="architecture">Which of the family's architectures it is.</param>
/// <param name="length">The longest sequence that is wanted; null for all positions.</param>
internal sealed class FamilyKeys(ConfigReader root, ConfigReader config, string architecture, int? length)
{
    private const int MaxVocabulary = 1 << 24;
    private const int MaxWidth = 1 << 20;
    private const int MaxLayers = 4096;
    private const int MaxHeads = 1 << 14;
    private const int MaxHeadSize = 1 << 14;
    private const int MaxPositions = 1 << 30;
    private const double MaxConstant = 1e9;
    private const string Full = "full_attention";
    private const string Sliding = "sliding_attention";

    /// <summary>The object that describes the decoder.</summary>
    public ConfigReader Config => config;

    /// <summary>The longest sequence that is wanted; null for all positions.</summary>
    public int? Length => length;

    /// <summary>Sizes, ends and special tokens; everything else as in LLaMA.</summary>
    public ModelConfig Sizes(SizeKeys keys)
    {
        int? vocabulary = Size("vocab_size", MaxVocabulary, keys.DefaultVocabulary);
        int? hidden = Size(keys.Hidden, MaxWidth, null);
        int? intermediate = Size(keys.Intermediate, MaxWidth, hidden * keys.DefaultExpansion);
        int? layers = Size(keys.Layers, MaxLayers, null);
        int? heads = Size(keys.Heads, MaxHeads, keys.DefaultHeads);
        int? keyValueHeads = KeyValueHeads(keys, heads);
        int? headSize = HeadSize(keys, hidden, heads);
        double? epsilon = keys.Epsilon is { } key && config.Has(key) ? config.Number(key, 1) : keys.DefaultEpsilon;
        int? positions = config.Has(keys.Positions) ? config.Integer(keys.Positions, 1, MaxPositions) : keys.DefaultPositions;
        int end = vocabulary ?? MaxVocabulary;
        ConfigReader ties = Holder("tie_word_embeddings"), bos = Holder("bos_token_id"), eos = Holder("eos_token_id");
        return new ModelConfig
        {
            Architecture = architecture,
            VocabularySize = vocabulary ?? 1,
            HiddenSize = hidden ?? 2,
            IntermediateSize = intermediate ?? 1,
            LayerCount = layers ?? 1,
            HeadCount = heads ?? 1,
            KeyValueHeadCount = keyValueHeads ?? 1,
            HeadSize = headSize ?? 2,
            NormEpsilon = epsilon ?? 1,
            RopeTheta = 1,
            MaxPositions = positions ?? 1,
            TiesEmbeddings = ties.Flag("tie_word_embeddings") ?? keys.DefaultTies,
            BosTokenId = bos.IsPresent("bos_token_id") ? bos.Integer("bos_token_id", 0, end - 1) : Below(keys.DefaultBos, end),
            EosTokenIds = eos.IsPresent("eos_token_id")
                ? eos.Ids("eos_token_id", end) ?? [] : Below(keys.DefaultEos, end) is { } id ? [id] : [],
        };
    }

    /// <summary>A decoder whose layers all turn by the same angles, and see everything or a window.</summary>
    /// <param name="sizes">What <see cref="Sizes"/> gave.</param>
    /// <param name="theta">The base where none is stated.</param>
    /// <param name="window">The window of a layer; null where none has one.</param>
    /// <param name="partial">The share of a head that is turned where none is stated.</param>
    /// <param name="original">What the family assumes for <c>original_max_position_embeddings</c>.</param>
    public ModelConfig WithRotary(
        ModelConfig sizes, double theta, Func<int, int>? window = null, double partial = 1, int? original = null)
    {
        RopeContext context = new(sizes.HeadSize, theta, sizes.MaxPositions, original, length, partial);
        if (RopeSettings.Read(config, context) is not { } rope)
        {
            return sizes;
        }

        int[] windows = [.. Enumerable.Range(0, sizes.LayerCount).Select(i => Seen(window?.Invoke(i) ?? 0, rope.MaxPositions))];
        bool isPlain = windows.All(w => w == 0) && rope.Angles.Equals(new RotaryAngles(rope.Angles.Theta, sizes.HeadSize));
        return sizes with
        {
            RopeTheta = rope.Angles.Theta,
            RopeScaling = rope.Scaling,
            MaxPositions = rope.MaxPositions,
            Layers = isPlain ? [] : [.. windows.Select(w => new LayerSettings(rope.Angles, w))],
        };
    }

    /// <summary>A window as layers have it: 0 for one that hides nothing from any sequence.</summary>
    /// <param name="window">Its width, or 0.</param>
    /// <param name="positions">Those of the model.</param>
    public int Seen(int window, int positions) => window >= Math.Max(positions, length ?? 0) ? 0 : window;

    /// <summary>The width of windows, or 0 where there are none.</summary>
    /// <param name="assumed">Where the key is absent; 0 for none.</param>
    public int Window(int assumed) =>
        config.IsPresent("sliding_window") ? config.Integer("sliding_window", 1, MaxPositions) ?? 0 : assumed;

    /// <summary>Which layers see a window only, as <c>layer_types</c> says.</summary>
    /// <param name="layers">How many there are.</param>
    /// <param name="assumed">Where the key is absent.</param>
    public bool[] SlidingLayers(int layers, Func<int, bool> assumed)
    {
        if (!config.Has("layer_types"))
        {
            return [.. Enumerable.Range(0, layers).Select(assumed)];
        }

        string[] types = config.Texts("layer_types");
        if (!config.Failed && types.Length != layers)
        {
            config.Report(Codes.ConfigInvalid, "layer_types", $"'layer_types' has {types.Length} entries; {layers} are wanted, one for each layer");
        }

        if (Array.Find(types, type => type is not (Full or Sliding)) is { } other)
        {
            config.Report(
                Codes.FeatureUnsupported, "layer_types",
                $"'layer_types' has '{Excerpt.Of(other)}', which cannot be compiled; '{Full}' or '{Sliding}' is wanted");
        }

        return [.. Enumerable.Range(0, layers).Select(i => i < types.Length && types[i] == Sliding)];
    }

    /// <summary>A flag.</summary>
    public bool Flag(string key, bool assumed = false) => config.Flag(key) ?? assumed;

    /// <summary>A number above 0.</summary>
    public double Number(string key, double assumed) => config.Number(key, MaxConstant) ?? assumed;

    /// <summary>c of <c>c · tanh(x ÷ c)</c>, or 0 where the key is null.</summary>
    /// <param name="key">The key.</param>
    /// <param name="assumed">Where it is absent.</param>
    public float Cap(string key, double assumed) =>
        (float)(config.IsPresent(key) ? config.Number(key, MaxConstant) ?? 0 : assumed);

    /// <summary>An activation function by the names of transformers.</summary>
    /// <param name="key">The key.</param>
    /// <param name="assumed">Where it is absent.</param>
    public ActivationFunction Activation(string key, string assumed)
    {
        string name = config.Text(key) ?? assumed;
        if (ActivationNames.Find(name) is { } function)
        {
            return function;
        }

        config.Report(
            Codes.FeatureUnsupported, key,
            $"'{config.Prefix}{key}' is '{Excerpt.Of(name)}', which cannot be compiled; one of these is wanted: {ActivationNames.List}");
        return ActivationFunction.Silu;
    }

    /// <summary>Refuses a flag that has a value we cannot compile.</summary>
    /// <param name="key">The key.</param>
    /// <param name="refused">The value.</param>
    /// <param name="assumed">Where it is absent.</param>
    /// <param name="means">What the value asks for, as the end of a sentence.</param>
    /// <param name="help">What to do.</param>
    public void Refuse(string key, bool refused, bool assumed, string means, string help)
    {
        if (Flag(key, assumed) == refused)
        {
            config.Report(
                Codes.FeatureUnsupported, key,
                $"'{config.Prefix}{key}' is {(refused ? "true" : "false")}: {means}; {(refused ? "false" : "true")} is wanted", help);
        }
    }

    /// <summary>The scale of scores for <c>query_pre_attn_scalar</c> and its kin; null where it is the usual one.</summary>
    /// <param name="scalar">Scores are divided by its square root.</param>
    /// <param name="headSize">Elements of a head.</param>
    public static float? ScaleOf(double scalar, int headSize) => scalar == headSize ? null : (float)(1 / Math.Sqrt(scalar));

    /// <summary>The configuration where nothing was reported; otherwise null.</summary>
    public ModelConfig? Unless(ModelConfig result) => root.Failed ? null : result;

    private int? Size(string key, int most, int? assumed) =>
        config.Has(key) || assumed is null ? config.Required(key, 1, most) : Math.Min(assumed.Value, most);

    // Tokens and ties may stand beside a nested configuration.
    private ConfigReader Holder(string key) => config.IsPresent(key) ? config : root;

    private static int? Below(int? id, int end) => id < end ? id : null;

    private int? KeyValueHeads(SizeKeys keys, int? heads)
    {
        if (keys.KeyValueHeads is not { } key)
        {
            return heads;
        }

        // Null means as many as query heads, in every family.
        int? count = config.Has(key) ? config.Integer(key, 1, MaxHeads) : config.IsPresent(key) ? heads : keys.DefaultKeyValueHeads ?? heads;
        if (heads % count > 0)
        {
            config.Report(
                Codes.ConfigInvalid, key,
                $"'{config.Prefix}{key}' is {count}; a divisor of '{keys.Heads}', which is {heads}, is wanted");
        }

        return count;
    }

    private int? HeadSize(SizeKeys keys, int? hidden, int? heads)
    {
        bool isGiven = keys.HeadSize is { } own && config.Has(own);
        string key = isGiven ? keys.HeadSize! : keys.Hidden;
        if (!isGiven && keys.DefaultHeadSize is null && hidden % heads > 0)
        {
            string without = keys.HeadSize is null ? "" : $"without '{keys.HeadSize}' ";
            config.Report(
                Codes.ConfigInvalid, key,
                $"'{config.Prefix}{key}' is {hidden}; {without}a multiple of '{keys.Heads}', which is {heads}, is wanted");
            return null;
        }

        int? size = isGiven ? config.Integer(key, 1, MaxHeadSize) : keys.DefaultHeadSize ?? (hidden / heads);
        if (size % 2 > 0 || size > MaxHeadSize)
        {
            config.Report(
                Codes.ConfigInvalid, key,
                $"a head has {size} elements; an even number up to {MaxHeadSize} is wanted, because rotary embedding turns pairs");
            return null;
        }

        if ((long?)heads * size > MaxWidth)
        {
            config.Report(
                Codes.ConfigInvalid, key,
                string.Create(CultureInfo.InvariantCulture, $"{heads} heads of {size} elements are wider than {MaxWidth}, the most accepted"));
            return null;
        }

        return size;
    }
}
