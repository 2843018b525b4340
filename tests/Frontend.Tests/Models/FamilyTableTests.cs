using Flightc.Models;

namespace Flightc.Tests.Models;

/// <summary>docs/models.md says what the code does.</summary>
public sealed class FamilyTableTests
{
    [Theory]
    [InlineData("families")]
    [InlineData("refused")]
    public void The_tables_of_families_are_as_the_code_has_them(string name)
    {
        string path = Path.Combine(TestData.Repository, "docs", "models.md");
        string table = name == "families" ? FamilyTable.Families() : FamilyTable.Refused();
        string page = File.ReadAllText(path);
        (string begin, string end) = ($"<!-- {name} -->\n", $"<!-- /{name} -->\n");
        int from = page.IndexOf(begin, StringComparison.Ordinal) + begin.Length, to = page.IndexOf(end, StringComparison.Ordinal);
        Assert.InRange(from, begin.Length, to);
        if (Environment.GetEnvironmentVariable("FLIGHTC_BLESS") == "1")
        {
            File.WriteAllText(path, page[..from] + table + page[to..]);
            return;
        }

        Assert.True(page[from..to] == table, "docs/models.md is stale: run this test with FLIGHTC_BLESS=1 and look at the difference");
    }

    [Fact]
    public void Every_family_says_what_it_is() => Assert.All(ModelFamilies.All, family =>
    {
        Assert.NotEmpty(family.Title);
        Assert.NotEmpty(family.Differs);
        Assert.Equal(ModelFamilies.Of(family.Architectures[0]), family);
    });
}
