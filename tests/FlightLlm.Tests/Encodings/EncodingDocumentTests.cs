using Flightc.FlightLlm;

namespace Flightc.Tests.FlightLlm;

public sealed class EncodingDocumentTests
{
    [Fact]
    public void The_encodings_are_documented_as_they_are()
    {
        string path = Path.Combine(TestData.Repository, "docs", "published.md");
        string page = File.ReadAllText(path);
        int begin = page.IndexOf(EncodingDocument.Begin, StringComparison.Ordinal);
        int end = page.IndexOf(EncodingDocument.End, StringComparison.Ordinal) + EncodingDocument.End.Length + 1;
        Assert.InRange(begin, 0, end);
        string wanted = page[..begin] + EncodingDocument.Markdown() + page[end..];
        if (Environment.GetEnvironmentVariable("FLIGHTC_BLESS") == "1")
        {
            File.WriteAllText(path, wanted);
        }

        Assert.True(File.ReadAllText(path) == wanted, "docs/published.md is stale: run this test with FLIGHTC_BLESS=1 and look at the difference");
    }

    [Fact]
    public void Every_field_has_a_meaning()
    {
        foreach (InstructionForm form in PublishedEncoding.All.SelectMany(e => e.Forms))
        {
            Assert.All(form.Fields.Concat(form.Inferred), f => Assert.NotEmpty(f.Meaning));
        }
    }
}
