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
}
