namespace Flightc.Settings;

/// <summary>A list.</summary>
/// <param name="Items">In the order of the file.</param>
/// <param name="Location">Where it begins.</param>
internal sealed record SettingsList(IReadOnlyList<SettingsNode> Items, string Location) : SettingsNode(Location)
{
    public override string InWords => "a list";
}
