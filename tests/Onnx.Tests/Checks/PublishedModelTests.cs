using Flightc.Diagnostics;
using Flightc.Onnx;
using Flightc.Onnx.Checks;
using Flightc.Onnx.Reading;

namespace Flightc.Tests.Onnx.Checks;

/// <summary>Models of others, which are good: they are read and pass the check, or use what is refused by name.</summary>
public sealed class PublishedModelTests
{
    [Theory]
    [InlineData("onnx/backend")]
    [InlineData("onnx/exported")]
    [InlineData("models")]
    public void No_good_model_is_accused(string folder)
    {
        string root = TestData.Wider(folder.Split('/'));
        List<string> accused = [];
        int count = 0;
        foreach (string path in Directory.EnumerateFiles(root, "*.onnx", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            DiagnosticBag bag = new();
            using OnnxModel? model = OnnxReader.Read(path, bag);
            count++;
            if (model is not null)
            {
                ModelCheck.Check(model, bag);
            }

            accused.AddRange(
                bag.Items.Where(d => d.Severity == Severity.Error && d.Code is not (Codes.OnnxOperatorUnsupported or Codes.OnnxTypeUnsupported)).Select(d => d.ToString()));
        }

        Assert.True(count > 0, $"no .onnx file below {root}");
        Assert.True(accused.Count == 0, string.Join('\n', accused));
    }
}
