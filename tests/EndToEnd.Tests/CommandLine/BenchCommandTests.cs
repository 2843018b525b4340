using System.Text.Json;
using Flightc.Diagnostics;
using Flightc.Runtime.Emulation;

namespace Flightc.Tests;

/// <summary><c>bench</c> and <c>--vectors</c>. How fast anything is no test says.</summary>
public sealed class BenchCommandTests(CompiledStories stories) : IClassFixture<CompiledStories>
{
    [Fact]
    public void Speeds_stand_beside_what_memory_and_kernel_allow()
    {
        string text = CommandRun.Of("bench", stories.Image, "--prompt", "20", "-n", "3", "--context", "9", "--runs", "2").Succeeds().Output;
        foreach (string fact in (string[])["prefill ", "decode ", "a token ", "memory ceiling ", "kernel alone ", "MV ", "MISC ", "issuing ", "layers.*.mlp.down "])
        {
            Assert.Contains(fact, text, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("NaN", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_of_a_token_are_those_of_its_steps()
    {
        JsonElement without = Bench("--context", "0"), behind = Bench("--context", "100");
        // The first of two decode steps sees no other token, the second one; later steps see a hundred more. Whole rows of slots are read.
        Assert.InRange(Bytes(behind, "cache_read") / Bytes(without, "cache_read"), 50, 202);
        Assert.Equal(Bytes(without, "weight"), Bytes(behind, "weight"));
        Assert.Equal(Bytes(without, "cache_written"), Bytes(behind, "cache_written"));
        JsonElement decode = behind.GetProperty("decode");
        Assert.Equal(
            decode.GetProperty("bytes_per_token").GetDouble(),
            Bytes(behind, "weight") + Bytes(behind, "cache_read") + Bytes(behind, "cache_written") + Bytes(behind, "table"), 1e-6);

        JsonElement Bench(params string[] more) =>
            CommandRun.Of(["bench", stories.Image, "--prompt", "2", "-n", "2", "--runs", "1", "--json", .. more]).Succeeds().Json;
        double Bytes(JsonElement document, string what) => document.GetProperty("decode").GetProperty($"{what}_bytes_per_token").GetDouble();
    }

    [Fact]
    public void Times_by_unit_and_by_operator_are_the_step_s()
    {
        JsonElement document = CommandRun.Of("bench", stories.Image, "--prompt", "33", "-n", "2", "--runs", "1", "--json").Succeeds().Json;
        foreach (JsonElement step in document.GetProperty("steps").EnumerateArray())
        {
            double seconds = step.GetProperty("seconds").GetDouble();
            double units = step.GetProperty("units").EnumerateArray().Sum(u => u.GetProperty("seconds").GetDouble());
            double operators = step.GetProperty("operators").EnumerateArray().Sum(o => o.GetProperty("seconds").GetDouble());
            Assert.Equal(units, operators, 1e-9);
            Assert.Equal(seconds, units + step.GetProperty("issuing_seconds").GetDouble(), 1e-9);
            string products = step.GetProperty("entry").GetString() == "decode" ? "mv" : "mm";
            Assert.True(step.GetProperty("units").EnumerateArray().Single(u => u.GetProperty("unit").GetString() == products).GetProperty("seconds").GetDouble() > 0);
        }
    }

    [Theory]
    [InlineData("--prompt 129", ExitCode.Unsupported, Codes.ContextExceeded)]
    [InlineData("--context 100 -n 29", ExitCode.Unsupported, Codes.ContextExceeded)]
    [InlineData("--context 128", ExitCode.Unsupported, Codes.ContextExceeded)]
    [InlineData("--runs 0", ExitCode.Usage, Codes.Usage)]
    [InlineData("--context -1", ExitCode.Usage, Codes.Usage)]
    [InlineData("--vectors sse", ExitCode.Usage, Codes.Usage)]
    public void What_cannot_be_measured_is_refused(string options, ExitCode code, string diagnostic) =>
        Assert.Contains("help: ", CommandRun.Of(["bench", stories.Image, .. options.Split(' ')]).FailsWith(code, diagnostic).Error, StringComparison.Ordinal);

    [Fact]
    public void A_prompt_of_one_token_and_the_whole_context_can_be_measured()
    {
        CommandRun.Of("bench", stories.Image, "--prompt", "1", "-n", "1", "--context", "127", "--runs", "1").Succeeds();
        JsonElement document = CommandRun.Of("bench", stories.Image, "--runs", "1", "--context", "120", "--json").Succeeds().Json;
        Assert.Equal(128, document.GetProperty("prefill").GetProperty("tokens").GetInt32());
        Assert.Equal(8, document.GetProperty("decode").GetProperty("tokens").GetInt32());
    }

    [Fact]
    public void Every_vector_path_that_can_be_named_gives_the_same_text()
    {
        string text = CommandRun.Of("run", stories.Image, "-p", "once", "-n", "12", "-q").Succeeds().Output;
        foreach (string path in VectorPaths.Names)
        {
            if (VectorPaths.IsSupported(VectorPaths.PathOf(path)!.Value))
            {
                Assert.Equal(text, CommandRun.Of("run", stories.Image, "-p", "once", "-n", "12", "-q", "--vectors", path).Succeeds().Output);
            }
            else
            {
                CommandRun.Of("run", stories.Image, "-p", "once", "--vectors", path).FailsWith(ExitCode.Unsupported, Codes.DeviceUnsupported);
            }
        }

        Assert.Contains("did you mean 'avx2'?", CommandRun.Of("run", stories.Image, "--vectors", "avx3").FailsWith(ExitCode.Usage, Codes.Usage).Error, StringComparison.Ordinal);
        CommandRun.Of("run", stories.Image, "--vectors", "avx2", "--device", "interpreter").FailsWith(ExitCode.Usage, Codes.Usage);
    }

    [Fact]
    public void Every_vector_path_evaluates_to_the_same_numbers()
    {
        string Numbers(string path) => CommandRun.Of(
            "eval", stories.Image, "--text", Path.Combine(TestData.Stories, "texts.jsonl"), "--records", "1", "--vectors", path, "--json").Succeeds().Output;
        Assert.Equal(Numbers("portable"), Numbers(VectorPaths.NameOf(VectorPaths.Best)));
    }
}
