using System.Text;
using Flightc.Isa;

namespace Flightc.Schedules;

/// <summary>The table of steps in docs/schedule.md, made from <see cref="StepDefinition"/>.</summary>
public static class StepTable
{
    /// <summary>The table in Markdown, every line ending in a line feed.</summary>
    public static string Markdown()
    {
        StringBuilder text = new("| step | unit | arguments |\n|---|---|---|\n");
        foreach (StepDefinition definition in StepDefinition.All)
        {
            string unit = definition.Unit is { } known ? $"`{InstructionSet.NameOf(known)}`"
                : definition.Kind is StepKind.For or StepKind.End ? "all of its body"
                : $"`{InstructionSet.NameOf(Unit.Vector)}` or `{InstructionSet.NameOf(Unit.Matrix)}`";
            text.Append("| `").Append(definition.Mnemonic).Append("` | ").Append(unit).Append(" | ");
            text.AppendJoin("; ", definition.Arguments.Select(Describe)).Append(" |\n");
        }

        return text.ToString();
    }

    private static string Describe(ArgumentDefinition argument)
    {
        string role = argument.Role switch
        {
            ArgumentRole.Read => "reads ",
            ArgumentRole.Write => "writes ",
            ArgumentRole.Update => "updates ",
            ArgumentRole.Partition or ArgumentRole.Table or ArgumentRole.Product or ArgumentRole.Number or ArgumentRole.Word => "",
        };
        string key = argument.IsOptional ? $"[`{argument.Key}`]" : $"`{argument.Key}`";
        return $"{key} {role}{argument.Meaning}";
    }
}
