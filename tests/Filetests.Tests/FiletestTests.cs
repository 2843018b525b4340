using Flightc.Passes;

namespace Flightc.Tests.Filetests;

/// <summary>Runs every file under tests/Filetests. With FLIGHTC_BLESS=1 it rewrites the expectations instead: review the difference.</summary>
public sealed class FiletestTests
{
    private static string Root { get; } = Path.Combine(TestData.Repository, "tests", "Filetests");

    public static IEnumerable<TheoryDataRow<string>> Files() =>
        Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Order(StringComparer.Ordinal)
            .Select(path => new TheoryDataRow<string>(path));

    [Theory]
    [MemberData(nameof(Files))]
    public void A_fixture_gives_what_it_expects(string file)
    {
        Fixture fixture = Fixture.Read(Path.Combine(Root, file));
        string[] outputs = [.. fixture.Cases.Select(one => SubTest.Output(fixture, one))];
        if (Environment.GetEnvironmentVariable("FLIGHTC_BLESS") == "1")
        {
            File.WriteAllText(fixture.Path, fixture.With(outputs));
            return;
        }

        for (int i = 0; i < outputs.Length; i++)
        {
            Assert.True(
                outputs[i] == fixture.Cases[i].Expected,
                $"{file}:{fixture.Cases[i].Line}: expected\n{fixture.Cases[i].Expected}\nbut got\n{outputs[i]}");
        }
    }

    [Fact]
    public void Every_pass_has_a_fixture_of_its_name_and_every_fixture_a_pass()
    {
        string[] fixtures =
        [
            .. Directory.EnumerateFiles(Path.Combine(Root, "passes")).Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal),
        ];

        Assert.Equal(Pipeline.Names.Order(StringComparer.Ordinal), fixtures);
        Assert.All(fixtures, name =>
            Assert.Equal(["pass", name], Fixture.Read(Path.Combine(Root, "passes", name + ".graph")).Command[..2]));
    }

    [Fact]
    public void A_blessed_fixture_reads_back_as_its_outputs()
    {
        Fixture fixture = Fixture.Read(Path.Combine(Root, "passes", "canonicalize.graph"));
        string[] outputs = [.. fixture.Cases.Select((_, i) => $"output {i}\n\nlast\n")];
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, fixture.With(outputs));
            Fixture blessed = Fixture.Read(path);

            Assert.Equal(outputs, blessed.Cases.Select(c => c.Expected));
            Assert.Equal(fixture.Cases.Select(c => c.Input), blessed.Cases.Select(c => c.Input));
            Assert.Equal(fixture.Command, blessed.Command);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
