using System.Text.Json;
using Flightc.Diagnostics;
using Flightc.Onnx;
using Flightc.Onnx.Checks;
using Flightc.Onnx.Reading;

namespace Flightc.Tests.Onnx.Reading;

/// <summary>The files of <c>malformed/onnx-malformed</c>: each is accepted or refused as its manifest says.</summary>
public sealed class MalformedFileTests
{
    // For the largest, a chain of 50,000 nodes.
    private const long MaxAllocatedBytes = 1L << 29;

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
        long before = GC.GetAllocatedBytesForCurrentThread();
        DiagnosticBag bag = new();
        using OnnxModel? model = OnnxReader.Read(path, bag);
        Assert.Equal(model is null, bag.HasErrors);
        if (model is not null)
        {
            ModelCheck.Check(model, bag);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{file}: {string.Join('\n', bag.Items)}");
        Assert.All(bag.Items, d => Assert.Matches("^FLC(15..|1001)$", d.Code));
        Assert.All(bag.Items.Where(d => d.Severity == Severity.Error), d => Assert.NotEqual("", d.Help));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaxAllocatedBytes);
        if (expected.StartsWith("accept;", StringComparison.Ordinal) || expected == "accept")
        {
            Assert.False(bag.HasErrors, string.Join('\n', bag.Items));
        }
        else if (expected.StartsWith("reject", StringComparison.Ordinal) && !expected.Contains(" or ", StringComparison.Ordinal))
        {
            Assert.True(bag.HasErrors, expected);
        }
    }

    [Theory]
    [InlineData("unknown_op.onnx", "operator FlashFoo of ai.onnx (opset 17) is not supported: node '#0 (FlashFoo)' on float, float[4,3]")]
    [InlineData("undefined_input.onnx", "uses 'nope', which nothing defines")]
    [InlineData("ext_missing_file.onnx", "'nothere.bin', which is not beside the model")]
    [InlineData("cycle.onnx", "nodes wait for each other")]
    public void Messages_name_what_is_wrong(string file, string message)
    {
        DiagnosticBag bag = new();
        using OnnxModel? model = OnnxReader.Read(TestData.Wider("malformed", "onnx-malformed", file), bag);
        if (model is not null)
        {
            ModelCheck.Check(model, bag);
        }

        Assert.Contains(message, Assert.Single(bag.Items).Message, StringComparison.Ordinal);
    }
}
