using System.Runtime.InteropServices;
using System.Text.Json;
using Flightc.Cli.Layers;
using Flightc.Diagnostics;
using Flightc.Numerics;

namespace Flightc.Tests.Layers;

/// <summary><c>eval --layers</c> on the sample model.</summary>
public sealed class LayerCommandTests(CompiledStories stories) : IClassFixture<CompiledStories>
{
    private static readonly string Texts = Path.Combine(TestData.Stories, "texts.jsonl");

    [Fact]
    public void Every_operator_is_compared_and_the_compiler_makes_no_error()
    {
        JsonElement layers = Eval(stories.Image, "--layer-tokens", "40").Succeeds().Json.GetProperty("layers");
        JsonElement[] operators = [.. layers.GetProperty("operators").EnumerateArray()];
        Assert.Equal(40, layers.GetProperty("tokens").GetInt32());
        Assert.Equal(("embed", "logits"), (operators[0].GetProperty("name").GetString(), operators[^1].GetProperty("name").GetString()));
        Assert.Equal(JsonValueKind.Null, layers.GetProperty("first_difference").ValueKind);
        Assert.All(operators, o =>
        {
            Assert.Equal(0, o.GetProperty("differing").GetInt64());
            Assert.InRange(o.GetProperty("relative").GetDouble(), 1e-5, 0.4);
            Assert.InRange(o.GetProperty("cosine").GetDouble(), 0.95, 0.9999999);
            Assert.True(o.GetProperty("max_abs").GetDouble() > 0);
        });
    }

    [Fact]
    public void The_first_operator_beyond_the_limit_is_named_and_marked()
    {
        CommandRun run = Eval(stories.Image, "--layer-tokens", "20", "--layer-error", "0.02");
        JsonElement layers = run.Succeeds().Json.GetProperty("layers");
        Assert.Equal("layers.0.attn.q", layers.GetProperty("first_bad").GetString());
        string text = CommandRun.Of(
            "eval", stories.Image, "--text", Texts, "--records", "1", "--reference", TestData.Stories, "--layers", "--layer-tokens", "20", "--layer-error", "0.02")
            .Succeeds().Output;
        string line = text.Split('\n').Single(l => l.EndsWith("first bad", StringComparison.Ordinal));
        Assert.StartsWith("layers.0.attn.q ", line, StringComparison.Ordinal);
        Assert.Contains("first bad         layers.0.attn.q: relative error", text, StringComparison.Ordinal);
        Assert.Contains("compiler error    none", text, StringComparison.Ordinal);
    }

    [Fact]
    public void No_number_depends_on_threads()
    {
        string one = Eval(stories.Image, "-j", "1").Succeeds().Json.GetProperty("layers").GetRawText();
        Assert.Equal(one, Eval(stories.Image, "-j", "3").Succeeds().Json.GetProperty("layers").GetRawText());
    }

    [Fact]
    public void More_bits_have_smaller_errors_everywhere_behind_a_matrix()
    {
        using WorkFolder folder = new();
        CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-r", "w8", "-o", folder["w8.flight"], "--max-length", "128", "--search-limit", "0").Succeeds();
        JsonElement results = CommandRun.Of(
            "eval", stories.Image, folder["w8.flight"], "--text", Texts, "--records", "1", "--reference", TestData.Stories, "--layers", "--layer-tokens", "60", "--json")
            .Succeeds().Json.GetProperty("results");
        double[][] errors =
        [
            .. results.EnumerateArray().Select(r => r.GetProperty("layers").GetProperty("operators").EnumerateArray()
                .Where(o => o.GetProperty("operator").GetString() == "linear").Select(o => o.GetProperty("relative").GetDouble()).ToArray()),
        ];
        Assert.Equal(errors[0].Length, errors[1].Length);
        Assert.All(errors[0].Zip(errors[1]), pair => Assert.True(pair.Second < pair.First / 1.5));
    }

    [Fact]
    public void What_an_image_computes_otherwise_than_its_graph_is_found_at_its_first_operator()
    {
        // The rotary row of position 3, from which the angles of all heads come.
        float[] row = new float[32];
        RotaryTable.Fill(10000, 32, 3, 1, row);
        byte[] image = File.ReadAllBytes(stories.Image);
        int at = image.AsSpan().IndexOf(MemoryMarshal.AsBytes(row.AsSpan()));
        image[at] ^= 0x40;
        using WorkFolder folder = new();
        File.WriteAllBytes(folder["bad.flight"], image);

        CommandRun run = Eval(folder["bad.flight"], "--layer-tokens", "8");
        Assert.Equal(ExitCode.Difference, run.Code);
        JsonElement layers = run.Json.GetProperty("layers");
        string first = layers.GetProperty("first_difference").GetString()!;
        Assert.StartsWith("layers.0.attn.", first, StringComparison.Ordinal);
        Assert.Equal(
            first,
            layers.GetProperty("operators").EnumerateArray().First(o => o.GetProperty("differing").GetInt64() > 0).GetProperty("name").GetString());

        string text = CommandRun.Of(
            "eval", folder["bad.flight"], "--text", Texts, "--records", "1", "--reference", TestData.Stories, "--layers", "--layer-tokens", "8").Output;
        Assert.Contains($"compiler error    first in {first}", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Masks_of_an_image_hide_the_same_from_its_graph()
    {
        using WorkFolder folder = new();
        string recipe = File.ReadAllText(Path.Combine(TestData.Repository, "configs", "recipes", "w4.yaml"));
        File.WriteAllText(folder["masked.yaml"], $"{recipe.Replace("name: w4", "name: masked", StringComparison.Ordinal)}attention: {{mask: window, sink: 0, window: 1}}\n");
        CommandRun.Of(
            "compile", TestData.Stories, "-t", "tiny", "-r", folder["masked.yaml"], "-o", folder["a.flight"], "--max-length", "192", "--search-limit", "0").Succeeds();
        JsonElement masked = Eval(folder["a.flight"], "--layer-tokens", "100").Succeeds().Json.GetProperty("layers");
        JsonElement whole = Eval(stories.Image, "--layer-tokens", "100").Succeeds().Json.GetProperty("layers");
        Assert.Equal(JsonValueKind.Null, masked.GetProperty("first_difference").ValueKind);
        Assert.Equal(100, masked.GetProperty("tokens").GetInt32());
        Assert.True(Attention(masked) > 1.1 * Attention(whole), "a mask that hides most of the past costs something");

        static double Attention(JsonElement layers) => layers.GetProperty("operators").EnumerateArray()
            .Single(o => o.GetProperty("name").GetString() == "layers.0.attn.out").GetProperty("relative").GetDouble();
    }

    [Fact]
    public void Layers_want_a_reference()
    {
        CommandRun.Of("eval", stories.Image, "--text", Texts, "--layers").FailsWith(ExitCode.Usage, Codes.Usage);
    }

    [Fact]
    public void A_sample_is_the_first_scored_tokens_of_the_windows()
    {
        Assert.Equal([[1, 2], [4], [8, 9]], Sample(100));
        Assert.Equal([[1, 2], [4]], Sample(3));
        Assert.Equal([[1]], Sample(1));

        static int[][] Sample(int tokens) =>
            [.. LayerJob.Sample(new int[][] { [1, 2, 3], [4, 5], [8, 9, 10] }.Select(w => (ReadOnlyMemory<int>)w), tokens).Select(w => w.ToArray())];
    }

    private static CommandRun Eval(string image, params string[] more) =>
        CommandRun.Of(["eval", image, "--text", Texts, "--records", "2", "--reference", TestData.Stories, "--layers", "--json", .. more]);
}
