using System.Text.Json.Nodes;
using Flightc.Caching;
using Flightc.Cli.Terminal;

namespace Flightc.Cli.Caching;

/// <summary>What a cache brought, for people and for machines.</summary>
internal static class CacheReport
{
    /// <summary>A line for the report of a command; none where there was no cache.</summary>
    public static IEnumerable<(string, string)> Facts(CacheUse? use)
    {
        if (use is not null)
        {
            long hits = use.Tallies.Sum(t => t.Hits), all = hits + use.Tallies.Sum(t => t.Misses);
            yield return (
                "cache",
                $"{Quantity.Count(hits)} of {Quantity.Count(all)} results found, {Quantity.Bytes(use.Tallies.Sum(t => t.ReadBytes))}; "
                + $"{Quantity.Bytes(use.Tallies.Sum(t => t.StoredBytes))} stored in {use.Folder}");
        }
    }

    /// <summary>The same by kinds, for the curious.</summary>
    public static void Detail(CacheUse? use, Output output)
    {
        foreach (CacheTally tally in use?.Tallies ?? [])
        {
            output.Detail(
                $"cache, {tally.Kind}: {Quantity.Count(tally.Hits)} found, {Quantity.Bytes(tally.ReadBytes)}; {Quantity.Count(tally.Misses)} missed, {Quantity.Bytes(tally.StoredBytes)} stored");
        }
    }

    /// <summary>The same for machines; null where there was no cache.</summary>
    public static JsonObject? ToJson(CacheUse? use) => use is null ? null : new JsonObject
    {
        ["folder"] = use.Folder,
        ["kinds"] = Json.Array(use.Tallies, t => new JsonObject
        {
            ["kind"] = t.Kind,
            ["hits"] = t.Hits,
            ["misses"] = t.Misses,
            ["read_bytes"] = t.ReadBytes,
            ["stored_bytes"] = t.StoredBytes,
        }),
    };
}
