using System.Text.Json;
using Flightc.Diagnostics;
using Flightc.Onnx;
using Flightc.Onnx.Checks;
using Flightc.Onnx.Reading;

namespace Flightc.Tests.Onnx.Reading;

/// <summary>The files of <c>malformed/onnx-malformed</c>: each is accepted or refused as its manifest says.</summary>
public sealed class MalformedFileTests
{
    public static TheoryData<string, string> Cases()
    {
        TheoryData<string, string> cases = [];
        string? root = Environment.GetEnvironmentVariable("FLIGHTC_TEST_DATA");
        if (string.IsNullOrEmpty(root))
        {
            // Skipped with its reason when it runs.
            cases.Add("", "");
            return cases;
        }

        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(root, "malformed", "onnx-malformed", "manifest.json")));
        foreach (JsonElement entry in manifest.RootElement.EnumerateArray())
        {
            cases.Add(entry.GetProperty("file").GetString()!, entry.GetProperty("expect").GetString()!);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_file_is_accepted_or_refused_as_the_manifest_says(string file, string expected)
    {
        string path = TestData.Wider("malformed", "onnx-malformed", file);
        DiagnosticBag bag = new();
        using OnnxModel? model = OnnxReader.Read(path, bag);
        Assert.Equal(model is null, bag.HasErrors);
        if (model is not null)
        {
            ModelCheck.Check(model, bag);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{file}: {string.Join('\n', bag.Items)}");
        Assert.All(bag.Items, d => Assert.Matches("^FLC(15..|1001)$", d.Code));
        if (expected.StartsWith("accept;", StringComparison.Ordinal) || expected == "accept")
        {
            Assert.False(bag.HasErrors, string.Join('\n', bag.Items));
        }
        else if (expected.StartsWith("reject", StringComparison.Ordinal) && !expected.Contains(" or ", StringComparison.Ordinal))
        {
            Assert.True(bag.HasErrors, expected);
        }
    }
}
