using System.Text.Json;
using Flightc.Diagnostics;

namespace Flightc.Tests;

public sealed class EvalCommandTests(CompiledStories stories) : IClassFixture<CompiledStories>
{
    private const string Text = "once upon a time there was a little girl named lily. she loved to play outside in the park.";

    [Fact]
    public void The_texts_of_the_sample_can_be_evaluated()
    {
        JsonElement document = CommandRun.Of("eval", stories.Image, "--text", Path.Combine(TestData.Stories, "texts.jsonl"), "--json").Succeeds().Json;
        Assert.Equal(6, document.GetProperty("records").GetInt32());
        Assert.InRange(document.GetProperty("perplexity").GetDouble(), 5, 20);
    }

    [Fact]
    public void A_folder_and_a_missing_file_are_no_text()
    {
        using WorkFolder folder = new();
        CommandRun of = CommandRun.Of("eval", stories.Image, "--text", folder.Root).FailsWith(ExitCode.Usage, Codes.FileNotReadable);
        Assert.Contains("this is a folder; a text is wanted", of.Error, StringComparison.Ordinal);
        CommandRun missing = CommandRun.Of("eval", stories.Image, "--text", folder["a.jsonl"]).FailsWith(ExitCode.Usage, Codes.FileNotReadable);
        Assert.Contains("there is no such text", missing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_and_their_protocol_are_stated()
    {
        using WorkFolder folder = new();
        File.WriteAllLines(folder["text.jsonl"], [.. Enumerable.Range(1, 4).Select(i => $$"""{"text": "{{Text[..(20 * i)]}}"}""")]);
        JsonElement document = CommandRun.Of(
            "eval", stories.Image, "--text", folder["text.jsonl"], "--reference", TestData.Stories, "--records", "3", "--json").Succeeds().Json;
        Assert.Equal(3, document.GetProperty("records").GetInt32());
        Assert.InRange(document.GetProperty("perplexity").GetDouble(), 1.5, 50);
        Assert.InRange(document.GetProperty("reference_perplexity").GetDouble(), 1.5, 50);
        Assert.InRange(document.GetProperty("kl_mean").GetDouble(), 1e-5, 0.1);
        Assert.InRange(document.GetProperty("top1_agreement").GetDouble(), 0.7, 1);
        Assert.InRange(document.GetProperty("bits_per_weight").GetDouble(), 4, 6);
        double ratio = document.GetProperty("perplexity").GetDouble() / document.GetProperty("reference_perplexity").GetDouble();
        Assert.Equal(ratio - 1, document.GetProperty("perplexity_delta").GetDouble(), 1e-9);
        JsonElement protocol = document.GetProperty("protocol");
        Assert.Equal(128, protocol.GetProperty("window").GetInt32());
        Assert.Equal(1, protocol.GetProperty("begin_ids")[0].GetInt32());
        Assert.Equal(document.GetProperty("tokens").GetInt64(), protocol.GetProperty("tokens").GetInt64());
    }

    [Fact]
    public void Numbers_do_not_depend_on_threads_and_several_images_stand_side_by_side()
    {
        using WorkFolder folder = new();
        File.WriteAllLines(folder["text.jsonl"], [.. Enumerable.Range(1, 4).Select(i => $$"""{"text": "{{Text[..(20 * i)]}}"}""")]);
        CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-r", "w8", "-o", folder["w8.flight"], "--max-length", "64").Succeeds();
        string Results(string threads) => CommandRun.Of(
            "eval", stories.Image, folder["w8.flight"], "--text", folder["text.jsonl"], "--reference", TestData.Stories, "-j", threads, "--json").Succeeds().Json
            .GetProperty("results").GetRawText();
        string one = Results("1");
        Assert.Equal(one, Results("3"));
        using JsonDocument results = JsonDocument.Parse(one);
        double[] kl = [.. results.RootElement.EnumerateArray().Select(r => r.GetProperty("kl_mean").GetDouble())];
        Assert.True(kl[1] < kl[0] / 2, $"8 bits have KL {kl[1]}, 4 bits {kl[0]}");
    }

    [Fact]
    public void Without_a_reference_there_is_perplexity_alone()
    {
        using WorkFolder folder = new();
        File.WriteAllText(folder["text.txt"], Text);
        CommandRun text = CommandRun.Of("eval", stories.Image, "--text", folder["text.txt"]).Succeeds();
        Assert.DoesNotContain("KL", text.Output, StringComparison.Ordinal);
        JsonElement document = CommandRun.Of("eval", stories.Image, "--text", folder["text.txt"], "--json").Succeeds().Json;
        Assert.Equal(JsonValueKind.Null, document.GetProperty("kl_mean").ValueKind);
        Assert.Equal(1, document.GetProperty("records").GetInt32());
    }

    [Fact]
    public void A_record_that_is_none_is_named_with_its_line()
    {
        using WorkFolder folder = new();
        File.WriteAllLines(folder["text.jsonl"], ["""{"text": "once upon a time"}""", """{"words": 1}"""]);
        CommandRun run = CommandRun.Of("eval", stories.Image, "--text", folder["text.jsonl"]).FailsWith(ExitCode.Unsupported, Codes.TextInvalid);
        Assert.Contains("text.jsonl:2", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Sums_of_records_add_up_to_the_means_and_pair_with_those_of_another_image()
    {
        using WorkFolder folder = new();
        File.WriteAllLines(folder["text.jsonl"], [.. Enumerable.Range(0, 5).Select(i => i == 1 ? """{"ids": [7]}""" : $$"""{"text": "{{Text[..(15 * (i + 1))]}}"}""")]);
        CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-r", "w8", "-o", folder["w8.flight"], "--max-length", "64", "--search-limit", "0").Succeeds();
        JsonElement[] results =
        [
            .. CommandRun.Of(
                "eval", stories.Image, folder["w8.flight"], "--text", folder["text.jsonl"], "--reference", TestData.Stories, "--per-record", "--json")
                .Succeeds().Json.GetProperty("results").EnumerateArray(),
        ];
        double[][] kl = [.. results.Select(r => Numbers(r, "kl_sum"))];
        double[] tokens = Numbers(results[0], "tokens");
        foreach ((JsonElement result, double[] sums) in results.Zip(kl))
        {
            // The record of one token has nothing to score.
            Assert.Equal([0, 2, 3, 4], Numbers(result, "record"));
            Assert.Equal(result.GetProperty("tokens").GetInt64(), tokens.Sum());
            Assert.Equal(result.GetProperty("kl_mean").GetDouble(), sums.Sum() / tokens.Sum(), 1e-12);
            Assert.Equal(result.GetProperty("perplexity").GetDouble(), Math.Exp(Numbers(result, "log_loss_sum").Sum() / tokens.Sum()), 1e-9);
            Assert.Equal(
                result.GetProperty("reference_perplexity").GetDouble(), Math.Exp(Numbers(result, "reference_log_loss_sum").Sum() / tokens.Sum()), 1e-9);
            Assert.Equal(result.GetProperty("top1_agreement").GetDouble(), Numbers(result, "top1_hits").Sum() / tokens.Sum(), 1e-12);
        }

        double difference = (kl[1].Sum() - kl[0].Sum()) / tokens.Sum();
        double squares = kl[1].Zip(kl[0], (b, a) => b - a).Zip(tokens, (d, n) => (d - (difference * n)) * (d - (difference * n))).Sum();
        Assert.Equal(JsonValueKind.Null, results[0].GetProperty("kl_beyond_first").ValueKind);
        Assert.Equal(difference, results[1].GetProperty("kl_beyond_first").GetDouble(), 1e-12);
        Assert.Equal(Math.Sqrt(squares * 4 / 3) / tokens.Sum(), results[1].GetProperty("kl_beyond_first_se").GetDouble(), 1e-12);

        static double[] Numbers(JsonElement result, string key) =>
            [.. result.GetProperty("per_record").GetProperty(key).EnumerateArray().Select(n => n.GetDouble())];
    }

    [Fact]
    public void Several_images_are_one_table_with_recipe_size_and_the_difference_to_the_first()
    {
        using WorkFolder folder = new();
        File.WriteAllLines(folder["text.jsonl"], [$$"""{"text": "{{Text}}"}""", $$"""{"text": "{{Text[20..]}}"}"""]);
        CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-r", "w8", "-o", folder["w8.flight"], "--max-length", "64", "--search-limit", "0").Succeeds();
        string[] lines = CommandRun.Of(
            "eval", stories.Image, folder["w8.flight"], "--text", folder["text.jsonl"], "--reference", TestData.Stories, "--per-record").Succeeds().Output.Split('\n');
        string heading = Assert.Single(lines, l => l.StartsWith("image", StringComparison.Ordinal));
        Assert.Matches("recipe +bits/weight +HBM weights +perplexity +against reference +mean KL, nats +beyond the first +same top-1", heading);
        Assert.Contains(lines, l => System.Text.RegularExpressions.Regex.IsMatch(l, @"w8\.flight +w8 +8\.\d+ .* -0\.\d{5} ± 0\.\d{5} "));
        Assert.Contains(lines, l => System.Text.RegularExpressions.Regex.IsMatch(l, @"^ +1 +\d+ +0\.\d{5} +0\.\d{5}$"));
    }
}
