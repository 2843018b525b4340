using System.Text.Json;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Recipes;

namespace Flightc.Container;

/// <summary>The JSON of a manifest, both ways: docs/container.md §3.</summary>
internal static class ManifestText
{
    private const int MaxDepth = 8;

    public static SortedDictionary<string, object> ToJson(ImageManifest manifest)
    {
        SortedDictionary<string, object> json = CanonicalJson.Object();
        json["context_length"] = manifest.ContextLength;
        json["format"] = ImageManifest.FormatVersion;
        json["geometry"] = OfGeometry(manifest.Geometry);
        json["inputs"] = manifest.Inputs.Select(i => Of(("name", i.Name), ("sha256", i.Sha256)));
        json["isa"] = manifest.Isa;
        json["model"] = OfModel(manifest.Model);
        json["recipe"] = OfRecipe(manifest.Recipe);
        json["sections"] = manifest.Sections.Select(
            s => Of(("bytes", s.Bytes), ("name", s.Name), ("sha256", s.Sha256)));
        json["tool"] = manifest.Tool;
        json["weight_bytes"] = manifest.WeightBytes;
        json["weight_count"] = manifest.WeightCount;
        json["weights"] = manifest.Weights.Select(w => Of(
            ("format", w.Format), ("role", w.Role), ("sha256", w.Sha256),
            ("shape", w.Shape.Select(size => (object)size))));
        return json;
    }

    public static ImageManifest Parse(string text, string location)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(
                text, new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false });
            ManifestJson root = new(document.RootElement, "");
            VersionCheck.Require(root, location);
            ImageManifest manifest = ReadManifest(root);
            root.RequireOnly(ToJson(manifest).Keys);
            return manifest;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or ArgumentException)
        {
            throw new CompilationException(
                Codes.ImageDamaged, $"the manifest is not valid: {Excerpt.Of(e.Message)}", location, "", e);
        }
    }

    private static ImageManifest ReadManifest(ManifestJson root) => new(
        root["tool"].Text,
        root["isa"].Text,
        ReadGeometry(root["geometry"]),
        ReadRecipe(root["recipe"]),
        ReadModel(root["model"]),
        root["context_length"].Integer32,
        root["weight_count"].Integer,
        root["weight_bytes"].Integer,
        [.. root["inputs"].Items.Select(i => new ManifestInput(i["name"].Text, i["sha256"].Hash))],
        [.. root["weights"].Items.Select(ReadWeight)],
        [.. root["sections"].Items.Select(s => new ManifestSection(s["name"].Text, s["bytes"].Integer, s["sha256"].Hash))]);

    private static SortedDictionary<string, object> OfGeometry(Geometry geometry) => Of(
        ("cache_ring_bytes", geometry.CacheRingBytes),
        ("channel_bytes", geometry.ChannelBytes),
        ("cores", geometry.Cores.Select(c => Of(("count", c.Count), ("first", c.First)))),
        ("ddr_bytes", geometry.DdrBytes),
        ("page_bytes", geometry.PageBytes),
        ("scratch_bytes", geometry.ScratchBytes),
        ("target", geometry.Target),
        ("weight_ring_bytes", geometry.WeightRingBytes));

    private static Geometry ReadGeometry(ManifestJson json) => new(
        json["target"].Text,
        [.. json["cores"].Items.Select(c => new ChannelRange(c["first"].Integer32, c["count"].Integer32))],
        json["channel_bytes"].Integer,
        json["ddr_bytes"].Integer,
        json["scratch_bytes"].Integer,
        json["weight_ring_bytes"].Integer32,
        json["cache_ring_bytes"].Integer32,
        json["page_bytes"].Integer32);

    private static SortedDictionary<string, object> OfModel(ManifestModel model)
    {
        SortedDictionary<string, object> numbers = CanonicalJson.Object();
        foreach ((string name, double number) in model.Numbers)
        {
            numbers[name] = number;
        }

        return Of(("architecture", model.Architecture), ("name", model.Name), ("numbers", numbers));
    }

    private static ManifestModel ReadModel(ManifestJson json)
    {
        SortedDictionary<string, double> numbers = new(StringComparer.Ordinal);
        foreach ((string name, ManifestJson number) in json["numbers"].Entries)
        {
            numbers.Add(name, number.Number);
        }

        return new ManifestModel(json["name"].Text, json["architecture"].Text, numbers);
    }

    private static SortedDictionary<string, object> OfRecipe(Recipe recipe) => Of(
    [
        .. recipe.Attention.Kind == MaskKind.None ? [] : new (string, object)[] { ("attention", recipe.Attention.ToString()) },
        ("calibration", recipe.Compression.NeedsCalibration ? "required" : "optional"),
        ("description", recipe.Description),
        ("embedding", recipe.Embedding.ToString()),
        ("head", recipe.Head.ToString()),
        ("joint", recipe.Compression.IsJoint),
        ("kv_cache", recipe.CacheBits == 4 ? "int4" : "int8"),
        ("method", CompressionNames.NameOf(recipe.Compression.Method)),
        ("migration", CompressionNames.NameOf(recipe.Compression.Migration)),
        ("name", recipe.Name),
        ("overrides", recipe.Rules.Select(r => Of(("format", r.Format.ToString()), ("match", r.Match)))),
        ("pruning", CompressionNames.NameOf(recipe.Compression.Pruning)),
        ("rotation", CompressionNames.NameOf(recipe.Compression.Rotation)),
        ("weights", recipe.Weights.ToString()),
    ]);

    private static Recipe ReadRecipe(ManifestJson json) => new(
        json["name"].Text,
        json["description"].Text,
        ReadFormat(json["weights"]),
        ReadFormat(json["embedding"]),
        ReadFormat(json["head"]),
        [.. json["overrides"].Items.Select(r => new WeightRule(r["match"].Text, ReadFormat(r["format"])))])
    {
        CacheBits = json["kv_cache"].Text switch
        {
            "int8" => 8,
            "int4" => 4,
            string other => throw new FormatException($"{json["kv_cache"].Where} is int8 or int4, not '{other}'"),
        },
        Compression = new CompressionWishes(
            Named(json["method"], CompressionNames.Methods), Named(json["pruning"], CompressionNames.Prunings), json["joint"].Flag,
            json["calibration"].Text == "required")
        {
            Migration = Named(json["migration"], CompressionNames.Migrations),
            Rotation = Named(json["rotation"], CompressionNames.Rotations),
        },
        Attention = ReadAttention(json),
    };

    private static T Named<T>(ManifestJson json, IReadOnlyDictionary<string, T> names) =>
        names.TryGetValue(json.Text, out T? value)
            ? value
            : throw new FormatException($"{json.Where} is one of {string.Join(", ", names.Keys)}, not '{json.Text}'");

    // Absent where the recipe wants no masks.
    private static AttentionWish ReadAttention(ManifestJson recipe) =>
        !recipe.Entries.Any(e => e.Name == "attention") ? AttentionWish.Full
            : AttentionWish.Parse(recipe["attention"].Text)
                ?? throw new FormatException($"'recipe.attention' is no wish for attention masks: '{recipe["attention"].Text}'");

    private static QuantizedFormat ReadFormat(ManifestJson json)
    {
        if (QuantizedFormat.Parse(json.Text) is { IsKnown: true } format)
        {
            return format;
        }

        throw new FormatException($"{json.Where} is a format such as '4g64', not '{json.Text}'");
    }

    private static ManifestWeight ReadWeight(ManifestJson json) => new(
        json["role"].Text, [.. json["shape"].Items.Select(size => size.Integer)], json["format"].Text,
        json["sha256"].Hash);

    private static SortedDictionary<string, object> Of(params ReadOnlySpan<(string Key, object Value)> entries)
    {
        SortedDictionary<string, object> json = CanonicalJson.Object();
        foreach ((string key, object value) in entries)
        {
            json.Add(key, value);
        }

        return json;
    }
}
