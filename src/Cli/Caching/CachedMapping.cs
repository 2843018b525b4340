using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Flightc.Backend.Emission;
using Flightc.Caching;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Passes.Tiling;
using Flightc.Schedules;
using Flightc.Targets;
using Flightc.Timing;

namespace Flightc.Cli.Caching;

/// <summary>The choice of the mapping's search, kept: schedules of the layers follow from it at once.</summary>
internal static class CachedMapping
{
    /// <summary>The kind of its entries.</summary>
    public const string Kind = "mapping";

    private const int MostBytes = 1 << 22;

    /// <summary>What the search finds, or has found before.</summary>
    /// <param name="cache">Where it is kept; null for nowhere.</param>
    /// <param name="graph">Quantised, every weight with its format.</param>
    /// <param name="target">The machine.</param>
    /// <param name="limit">The search's.</param>
    /// <param name="search">Searches.</param>
    /// <exception cref="CompilationException">There is no mapping.</exception>
    public static MappingChoice Find(CacheFolder? cache, Graph graph, Target target, int limit, Func<MappingChoice> search)
    {
        if (cache is null || limit == 0)
        {
            return search();
        }

        CacheKey key = KeyOf(graph, target, limit);
        if (cache.Find(key, entry => Parse(entry.ReadWhole(MostBytes), graph, target)) is { } found)
        {
            return found;
        }

        MappingChoice made = search();
        cache.Store(key, to => to.Write(Print(made)));
        return made;
    }

    /// <summary>Everything that the search looks at. Of the weights that is shape and format, not what they are.</summary>
    internal static CacheKey KeyOf(Graph graph, Target target, int limit)
    {
        Graph shape = new(
            graph.Name, graph.ContextLength, graph.Inputs, [.. graph.Weights.Select(w => w with { Hash = "", Source = "" })], graph.Nodes, graph.Outputs);
        return new CacheKey(
            Kind,
            // The last weighs what the model of time says of prompts and tokens.
            ("tool", ToolIdentity.Of(typeof(Graph), typeof(MappingSearch), typeof(Emitter), typeof(CycleModel), typeof(Compilation))),
            ("graph", CacheKey.HashOf(GraphText.Print(shape, sources: false))),
            ("target", CacheKey.HashOf(TextOf(target))),
            ("limit", limit.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>All of a target in one line: its records print all they have, but for lists.</summary>
    internal static string TextOf(Target target) =>
        $"{target with { CoreChannels = [], Description = "" }} {string.Join(' ', target.CoreChannels)}";

    private static byte[] Print(MappingChoice choice)
    {
        MappingOptions options = choice.Options;
        JsonObject document = new()
        {
            ["attention"] = options.Attention?.ToString(),
            ["decode_gather"] = options.DecodeGather?.ToString(),
            ["decode_loops"] = options.DecodeLoops,
            ["prefill_gather"] = options.PrefillGather?.ToString(),
            ["prefill_loops"] = options.PrefillLoops,
            ["gate_rows"] = options.GateRows,
            ["head_rows"] = options.HeadRows,
            ["prefill_tokens"] = options.PrefillTokens,
            ["ahead_percent"] = options.AheadPercent,
            ["reasons"] = new JsonArray([.. choice.Reasons.Select(r => (JsonNode)r)]),
        };
        using MemoryStream bytes = new();
        using (Utf8JsonWriter writer = new(bytes))
        {
            document.WriteTo(writer);
        }

        return bytes.ToArray();
    }

    private static MappingChoice Parse(byte[] payload, Graph graph, Target target)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(payload);
            JsonElement root = document.RootElement;
            MappingOptions options = new()
            {
                Attention = Word<AttentionDivision>(root, "attention"),
                DecodeGather = Word<GatherForm>(root, "decode_gather"),
                DecodeLoops = Number(root, "decode_loops"),
                PrefillGather = Word<GatherForm>(root, "prefill_gather"),
                PrefillLoops = Number(root, "prefill_loops"),
                GateRows = Number(root, "gate_rows"),
                HeadRows = Number(root, "head_rows"),
                PrefillTokens = Number(root, "prefill_tokens"),
                AheadPercent = Number(root, "ahead_percent"),
            };
            string[] reasons = [.. root.GetProperty("reasons").EnumerateArray().Select(r => r.GetString() ?? "")];
            return new MappingChoice(Tiler.Tile(graph, target.Geometry, target.MaxPrefillTokens, options), reasons) { Options = options };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"it is no choice of a mapping: {e.Message}", e);
        }
        catch (CompilationException e) when (e.ExitCode == ExitCode.Unsupported)
        {
            throw new InvalidDataException($"its mapping does not fit: {e.Message}", e);
        }
    }

    private static int? Number(JsonElement root, string name) =>
        root.GetProperty(name) is { ValueKind: not JsonValueKind.Null } value ? value.GetInt32() : null;

    private static T? Word<T>(JsonElement root, string name)
        where T : struct, Enum => root.GetProperty(name).GetString() is not { } word ? null
            : Enum.TryParse(word, out T value) && Enum.IsDefined(value) ? value
            : throw new FormatException($"'{Excerpt.Of(word)}' is none of {string.Join(", ", Enum.GetNames<T>())}");
}
