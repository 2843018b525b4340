using System.Reflection;
using Flightc.Diagnostics;

namespace Flightc.Tests.Diagnostics;

public sealed class CodeDocumentTests
{
    [Fact]
    public void Every_code_is_documented_once_and_in_order()
    {
        IEnumerable<string> codes = typeof(Codes).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!).Order(StringComparer.Ordinal);

        Assert.Equal(codes, CodeDocument.Entries.Select(e => e.Code));
        Assert.All(codes, code => Assert.Contains($"\n| {code} | ", CodeDocument.Markdown(), StringComparison.Ordinal));
    }

    [Fact]
    public void Error_codes_are_documented_as_they_are()
    {
        string path = Path.Combine(TestData.Repository, "docs", "errors.md");
        string wanted = CodeDocument.Markdown();
        if (Environment.GetEnvironmentVariable("FLIGHTC_BLESS") == "1")
        {
            File.WriteAllText(path, wanted);
        }

        Assert.True(File.Exists(path) && File.ReadAllText(path) == wanted, "docs/errors.md is stale: run this test with FLIGHTC_BLESS=1 and look at the difference");
    }
}
