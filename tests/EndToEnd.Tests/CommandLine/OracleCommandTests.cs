using System.Text.Json;
using Flightc.Diagnostics;

namespace Flightc.Tests;

public sealed class OracleCommandTests
{
    [Fact]
    public void The_sample_model_is_the_same_by_the_oracle()
    {
        JsonElement oracle = Check("--oracle", "--onnxruntime", TestOracle.Library, "--json").Succeeds().Json.GetProperty("oracle");

        Assert.StartsWith("ONNX Runtime 1.", oracle.GetProperty("name").GetString(), StringComparison.Ordinal);
        Assert.InRange(oracle.GetProperty("largest_difference").GetDouble(), 1e-12, 1e-4);
        Assert.Equal((64, 64), (oracle.GetProperty("tokens").GetInt32(), oracle.GetProperty("same_top").GetInt32()));
    }

    [Fact]
    public void A_text_can_be_what_is_run()
    {
        CommandRun run = Check("--oracle", "--onnxruntime", TestOracle.Library, "--text", Path.Combine(TestData.Stories, "texts.jsonl"), "--tokens", "9").Succeeds();

        Assert.Contains("over 9 tokens", run.Output, StringComparison.Ordinal);
        Assert.Contains("can be compiled", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_to_install_is_told_in_one_line_before_anything_is_read()
    {
        CommandRun run = CommandRun.Of("check", "absent", "--oracle", "--onnxruntime", "absent.so").FailsWith(ExitCode.Environment, Codes.OracleMissing);

        Assert.Contains("npm ci --ignore-scripts", run.Error, StringComparison.Ordinal);
        Assert.Equal(2, run.Error.TrimEnd().Split('\n').Length);
    }

    [Theory]
    [InlineData("--tokens", "4")]
    [InlineData("--text", "text.txt")]
    [InlineData("--onnxruntime", "lib.so")]
    public void Wishes_for_a_comparison_that_is_not_asked_for_are_refused(string option, string value) =>
        Check(option, value).FailsWith(ExitCode.Usage, Codes.Usage);

    [Fact]
    public void Without_a_comparison_the_key_is_there_and_null() =>
        Assert.Equal(JsonValueKind.Null, Check("--json").Succeeds().Json.GetProperty("oracle").ValueKind);

    private static CommandRun Check(params string[] wishes) => CommandRun.Of(["check", TestData.Stories, .. wishes]);
}
