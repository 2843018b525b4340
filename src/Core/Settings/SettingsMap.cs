using System.Globalization;

namespace Flightc.Settings;

/// <summary>Keys with their values.</summary>
/// <param name="Entries">In the order of the file; no key twice.</param>
/// <param name="Location">Where it begins.</param>
internal sealed record SettingsMap(IReadOnlyList<SettingsEntry> Entries, string Location) : SettingsNode(Location)
{
    public override string InWords => "a group of keys";

    /// <summary>
    /// This map laid over another: maps are joined key by key at every depth, anything else of ours replaces
    /// theirs.
    /// </summary>
    public SettingsMap Over(SettingsMap inherited)
    {
        List<SettingsEntry> joined = [];
        foreach (SettingsEntry theirs in inherited.Entries)
        {
            SettingsEntry? ours = Entries.FirstOrDefault(e => e.Key == theirs.Key);
            joined.Add(ours switch
            {
                null => theirs,
                { Value: SettingsMap map } when theirs.Value is SettingsMap below =>
                    ours with { Value = map.Over(below) },
                _ => ours,
            });
        }

        joined.AddRange(Entries.Where(e => !inherited.Entries.Any(theirs => theirs.Key == e.Key)));
        return new SettingsMap(joined, Location);
    }

    /// <summary>The paths of all plain numbers, such as <c>core.special_lanes</c>, in the order of the file.</summary>
    public IEnumerable<string> NumberPaths()
    {
        foreach (SettingsEntry entry in Entries)
        {
            if (entry.Value is SettingsMap below)
            {
                foreach (string path in below.NumberPaths())
                {
                    yield return $"{entry.Key}.{path}";
                }
            }
            else if (entry.Value is SettingsScalar { IsPlain: true, Text: var text }
                && decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _))
            {
                yield return entry.Key;
            }
        }
    }

    /// <summary>This map with another value at a path; the path must exist.</summary>
    public SettingsMap With(ReadOnlySpan<string> path, string text, string location)
    {
        List<SettingsEntry> changed = [];
        foreach (SettingsEntry entry in Entries)
        {
            changed.Add(
                entry.Key != path[0] ? entry
                : path.Length == 1 ? entry with { Value = new SettingsScalar(text, true, location) }
                : entry with { Value = ((SettingsMap)entry.Value).With(path[1..], text, location) });
        }

        return this with { Entries = changed };
    }
}
