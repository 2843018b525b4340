using System.Text.Json;
using System.Text.Json.Nodes;
using Flightc.Caching;
using Flightc.Calibration;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Passes.Masking;
using Flightc.Reference;

namespace Flightc.Cli.Caching;

/// <summary>Attention masks that a search has found, kept.</summary>
internal static class CachedMasks
{
    /// <summary>The kind of its entries.</summary>
    public const string Kind = "masks";

    private const int MostBytes = 1 << 29;

    /// <summary>What the search finds, or has found before.</summary>
    /// <param name="cache">Where it is kept; null for nowhere.</param>
    /// <param name="graph">The float graph, its weights with their hashes.</param>
    /// <param name="records">The text.</param>
    /// <param name="options">The search's.</param>
    /// <param name="search">Searches.</param>
    public static MaskSearchResult Find(
        CacheFolder? cache, Graph graph, IReadOnlyList<int[]> records, MaskSearchOptions options, Func<MaskSearchResult> search)
    {
        if (cache is null || graph.Weights.Any(w => w.Hash.Length == 0))
        {
            return search();
        }

        CacheKey key = new(
            Kind,
            ("tool", ToolIdentity.Of(typeof(Graph), typeof(MaskSearch), typeof(FloatExecutor))),
            ("graph", CacheKey.HashOf(GraphText.Print(graph, sources: false))),
            ("text", ContentHash.OfWindows(records)),
            ("options", options.ToString()));
        if (cache.Find(key, entry => Parse(entry.ReadWhole(MostBytes), graph, key)) is { } found)
        {
            return found;
        }

        MaskSearchResult made = search();
        cache.Store(key, to => to.Write(Print(made)));
        return made;
    }

    private static byte[] Print(MaskSearchResult result)
    {
        JsonObject document = new()
        {
            ["kept_share"] = result.KeptShare,
            ["kl"] = result.Kl,
            ["window_kl"] = result.WindowKl,
            ["windows"] = result.Windows,
            ["tokens"] = result.Tokens,
            ["masks"] = AttentionMaskFile.Print(result.Masks),
        };
        using MemoryStream bytes = new();
        using (Utf8JsonWriter writer = new(bytes))
        {
            document.WriteTo(writer);
        }

        return bytes.ToArray();
    }

    private static MaskSearchResult Parse(byte[] payload, Graph graph, CacheKey key)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(payload);
            JsonElement root = document.RootElement;
            byte[] masks = System.Text.Encoding.UTF8.GetBytes(root.GetProperty("masks").GetString() ?? "");
            MaskSearchResult result = new(
                AttentionMaskFile.Parse(masks, key.Name), root.GetProperty("kept_share").GetDouble(), root.GetProperty("kl").GetDouble(),
                root.GetProperty("window_kl").GetDouble(), root.GetProperty("windows").GetInt32(), root.GetProperty("tokens").GetInt32());

            // Whether they are for such a model shows when they are put into it.
            result.Masks.ApplyTo(graph);
            return result;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or CompilationException)
        {
            throw new InvalidDataException($"it has no attention masks for this model: {e.Message}", e);
        }
    }
}
