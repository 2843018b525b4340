using System.Text;

namespace Flightc.Models;

/// <summary>The tables of docs/models.md, made of the families themselves.</summary>
public static class FamilyTable
{
    /// <summary>One row for each family, as Markdown.</summary>
    public static string Families()
    {
        StringBuilder table = new("| family | `architectures` | `model_type` | what it has | what it refuses |\n|---|---|---|---|---|\n");
        foreach (ModelFamily family in ModelFamilies.All)
        {
            table.Append($"| {family.Title} | {Code(family.Architectures)} | {Code(family.ModelTypes)} | {family.Differs} | {family.Refuses} |\n");
        }

        return table.ToString();
    }

    /// <summary>One row for each part of a name that is recognised and refused, as Markdown.</summary>
    public static string Refused()
    {
        StringBuilder table = new("| in the name | it is | advice |\n|---|---|---|\n");
        foreach (IGrouping<(string What, string Advice), string> group in RefusedArchitectures.All.GroupBy(known => (known.What, known.Advice), known => known.Part))
        {
            table.Append($"| {Code([.. group])} | {group.Key.What} | {group.Key.Advice} |\n");
        }

        return table.ToString();
    }

    private static string Code(IReadOnlyList<string> names) => string.Join(", ", names.Select(name => $"`{name}`"));
}
