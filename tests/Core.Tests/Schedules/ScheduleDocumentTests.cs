using Flightc.Schedules;

namespace Flightc.Tests.Schedules;

public sealed class ScheduleDocumentTests
{
    private const string Begin = "<!-- steps: made from StepDefinition, do not edit -->\n";
    private const string End = "<!-- end of steps -->\n";

    private static string Path { get; } = System.IO.Path.Combine(TestData.Repository, "docs", "schedule.md");

    [Fact]
    public void The_table_of_steps_is_what_the_definitions_say()
    {
        string document = File.ReadAllText(Path);
        int begin = document.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        int end = document.IndexOf(End, StringComparison.Ordinal);
        Assert.True(begin >= Begin.Length && end >= begin, "docs/schedule.md has lost the marks of the table of steps");
        string wanted = document[..begin] + StepTable.Markdown() + document[end..];
        if (Environment.GetEnvironmentVariable("FLIGHTC_BLESS") == "1")
        {
            File.WriteAllText(Path, wanted);
            return;
        }

        Assert.True(document == wanted, "docs/schedule.md is stale: run this test with FLIGHTC_BLESS=1 and look at the difference");
    }

    [Fact]
    public void Definitions_are_listed_by_their_kind_and_their_names_differ()
    {
        Assert.Equal(Enum.GetValues<StepKind>(), StepDefinition.All.Select(d => d.Kind));
        Assert.Distinct(StepDefinition.All.Select(d => d.Mnemonic));
        Assert.All(StepDefinition.All, d => Assert.Distinct(d.Arguments.Select(a => a.Key)));
    }

    [Fact]
    public void The_lines_of_the_example_are_those_of_a_fixture()
    {
        string document = File.ReadAllText(Path);
        string[] lines = document.Split("```\n")[1].Split('\n');
        string[] known = [.. File.ReadAllLines(System.IO.Path.Combine(TestData.Repository, "tests", "Filetests", "schedules", "tile-heads.graph"))];

        Assert.All(lines.Where(l => l.Length > 0 && l != "..."), line => Assert.Contains("; " + line, known));
    }
}
