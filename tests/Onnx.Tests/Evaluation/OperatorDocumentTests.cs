using Flightc.Onnx.Evaluation;

namespace Flightc.Tests.Onnx.Evaluation;

public sealed class OperatorDocumentTests
{
    /// <summary>Where the part of the page begins that needs the wider test data.</summary>
    internal const string NodeTests = "## Node tests";

    [Fact]
    public void Operators_are_documented_as_they_are() => Check(NodeTests, OperatorDocument.Markdown(), isFirst: true);

    [Fact]
    public void Every_operator_has_one_definition_with_types_for_all_of_its_parameters()
    {
        Assert.Equal(OperatorTable.All.Count, OperatorTable.All.Select(d => (d.Domain, d.Name)).Distinct().Count());
        Assert.All(OperatorTable.All, definition =>
        {
            Assert.All(definition.Inputs.Concat(definition.Outputs), p => Assert.True(definition.Types.ContainsKey(p.Type), $"{definition.Name}: {p.Name}"));
            Assert.Equal(definition.Versions.Order(), definition.Versions);
            Assert.All(definition.Inputs.SkipLast(1), p => Assert.False(p.IsVariadic));
        });
    }

    [Fact]
    public void Attributes_of_one_opset_have_distinct_names()
    {
        foreach (OperatorDefinition definition in OperatorTable.All)
        {
            for (int version = 7; version <= 28; version++)
            {
                string[] names = [.. definition.Attributes.Where(a => a.Holds(version)).Select(a => a.Name)];
                Assert.Equal(names.Length, names.Distinct().Count());
            }
        }
    }

    /// <summary>Holds one part of the page against what it has to be, or writes it.</summary>
    /// <param name="divider">The line that separates the parts; it belongs to the second.</param>
    /// <param name="wanted">The part.</param>
    /// <param name="isFirst">Whether it is the part before the divider.</param>
    internal static void Check(string divider, string wanted, bool isFirst)
    {
        string path = Path.Combine(TestData.Repository, "docs", "onnx-operators.md");
        string page = File.Exists(path) ? File.ReadAllText(path) : "";
        int split = page.IndexOf($"\n{divider}\n", StringComparison.Ordinal);
        string first = split < 0 ? page : page[..split];
        string second = split < 0 ? "" : page[(split + 1)..];
        if (Environment.GetEnvironmentVariable("FLIGHTC_BLESS") == "1")
        {
            (first, second) = isFirst ? (wanted, second) : (first, wanted);
            File.WriteAllText(path, second.Length == 0 ? first : $"{first}\n{second}");
        }

        Assert.True((isFirst ? first : second) == wanted, "docs/onnx-operators.md is stale: run this test with FLIGHTC_BLESS=1 and look at the difference");
    }
}
