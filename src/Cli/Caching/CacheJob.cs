using System.Text.Json.Nodes;
using Flightc.Caching;
using Flightc.Cli.Commands;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;

namespace Flightc.Cli.Caching;

/// <summary>Lists, checks or prunes a folder of kept results.</summary>
/// <param name="invocation">Progress and interruption.</param>
/// <param name="time">Says how old entries are.</param>
internal sealed class CacheJob(Invocation invocation, TimeProvider? time = null)
{
    private const string Damaged = "damaged";

    // A folder that is damaged has this in common for all entries; the first ones say it.
    private const int ShownFaults = 20;

    /// <summary>Does it, and writes what there is afterwards.</summary>
    /// <param name="folder">Path.</param>
    /// <param name="limit">The most bytes to leave; null to delete nothing.</param>
    /// <param name="verify">Whether entries are read whole.</param>
    /// <returns>A difference where an entry is damaged.</returns>
    /// <exception cref="CompilationException">There is no such folder (FLC1001).</exception>
    public ExitCode Run(string folder, long? limit, bool verify)
    {
        if (!Directory.Exists(folder))
        {
            throw new CompilationException(
                Codes.FileNotReadable, File.Exists(folder) ? "this is a file; a folder is wanted" : "there is no such folder", folder,
                "name the folder that was given with --cache");
        }

        CachePruning? pruned = limit is { } bytes ? CachePruning.Run(folder, bytes) : null;
        IReadOnlyList<ListedEntry> entries = ProgressBar.Run(
            invocation.Output, "reading", progress => CacheListing.Of(folder, verify, progress, invocation.Token));
        Diagnostic[] faults =
        [
            .. entries.Where(e => e.Fault.Length > 0).Select(e => new Diagnostic(
                Codes.CacheDamaged, Severity.Warning, $"an entry of the cache is damaged: {e.Fault}", e.Item.Path, "nothing need be done: it is made anew when it is wanted")),
        ];
        invocation.Output.Report(faults.Take(ShownFaults));
        Write(folder, entries, pruned, verify, faults);
        return faults.Length > 0 ? ExitCode.Difference : ExitCode.Success;
    }

    private void Write(string folder, IReadOnlyList<ListedEntry> entries, CachePruning? pruned, bool verify, Diagnostic[] faults)
    {
        DateTime now = (time ?? TimeProvider.System).GetUtcNow().UtcDateTime;
        (string Kind, int Count, long Bytes, TimeSpan Oldest, TimeSpan Newest)[] kinds =
        [
            .. entries.GroupBy(e => e.Kind.Length > 0 ? e.Kind : Damaged).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => (
                g.Key, g.Count(), g.Sum(e => e.Item.Bytes), now - g.Min(e => e.Item.LastUsed), now - g.Max(e => e.Item.LastUsed))),
        ];
        if (invocation.Output.IsJson)
        {
            invocation.Output.WriteJson(new JsonObject
            {
                ["folder"] = folder,
                ["entries"] = entries.Count,
                ["bytes"] = entries.Sum(e => e.Item.Bytes),
                ["kinds"] = Json.Array(kinds, k => new JsonObject
                {
                    ["kind"] = k.Kind,
                    ["entries"] = k.Count,
                    ["bytes"] = k.Bytes,
                    ["oldest_use_seconds"] = k.Oldest.TotalSeconds,
                    ["newest_use_seconds"] = k.Newest.TotalSeconds,
                }),
                ["is_verified"] = verify,
                ["damaged"] = faults.Length,
                ["pruned"] = pruned is null ? null : new JsonObject { ["entries"] = pruned.Deleted, ["bytes"] = pruned.DeletedBytes },
                ["diagnostics"] = Json.Of(faults),
            });
            return;
        }

        if (pruned is not null)
        {
            invocation.Output.Say($"{Quantity.Count(pruned.Deleted)} entries with {Quantity.Bytes(pruned.DeletedBytes)} deleted");
        }

        Tables.Write(
            invocation.Output, "", ["kind", ">entries", ">bytes", ">last used", ">first of them"],
            [
                .. kinds.Select(k => (IReadOnlyList<string>)[k.Kind, Quantity.Count(k.Count), Quantity.Bytes(k.Bytes), Age(k.Newest), Age(k.Oldest)]),
                ["all", Quantity.Count(entries.Count), Quantity.Bytes(entries.Sum(e => e.Item.Bytes)), "", ""],
            ]);
        if (verify && faults.Length == 0)
        {
            invocation.Output.Say("all entries are what was written");
        }
    }

    private static string Age(TimeSpan age) => age switch
    {
        { TotalDays: >= 2 } => $"{Quantity.Real(Math.Floor(age.TotalDays), 0)} days ago",
        { TotalHours: >= 2 } => $"{Quantity.Real(Math.Floor(age.TotalHours), 0)} hours ago",
        { TotalMinutes: >= 2 } => $"{Quantity.Real(Math.Floor(age.TotalMinutes), 0)} minutes ago",
        _ => "just now",
    };
}
