using System.Globalization;
using System.Text.Json;
using Flightc.Diagnostics;
using Flightc.Targets;

namespace Flightc.Tests;

public sealed class ExploreCommandTests
{
    private static readonly string Config = Path.Combine(TestData.Stories, "config.json");
    private static readonly string Shape = Path.Combine(TestData.Repository, "samples", "shapes", "llama2-7b.json");

    [Theory]
    [InlineData("u280")]
    [InlineData("vhk158")]
    [InlineData("v80")]
    public void The_target_that_is_written_is_accepted_fits_and_takes_the_time_that_was_promised(string card)
    {
        using WorkFolder folder = new();
        string file = folder["mine.yaml"];
        JsonElement best = Explore(Config, "--card", card, "--confirm", "8", "-o", file).GetProperty("best");
        Target target = TargetFile.Read(file);

        Assert.Equal("mine", target.Name);
        Assert.Equal(["mine.yaml"], folder.Files);
        CardResources needed = ResourceModel.Needed(target);
        Assert.Equal(best.GetProperty("resources_needed").GetProperty("dsp").GetInt32(), needed.Dsp);
        Assert.Equal(best.GetProperty("resources_needed").GetProperty("uram").GetInt32(), needed.Uram);
        JsonElement estimated = CommandRun.Of("estimate", Config, "-t", file, "--json").Succeeds().Json;
        Assert.Equal(best.GetProperty("decode_tokens_per_s").GetDouble(), estimated.GetProperty("decode_tokens_per_s").GetDouble(), 1e-6);
        Assert.Equal(best.GetProperty("prefill_ms").GetDouble(), estimated.GetProperty("prefill_ms").GetDouble(), 1e-9);
        Assert.Equal(best.GetProperty("explanation").GetString(), estimated.GetProperty("explanation").GetString());
    }

    [Theory]
    [InlineData("u280", "w4", false)]
    [InlineData("vhk158", "w4", false)]
    [InlineData("u280", "w3.5", true)]
    public void What_is_found_is_never_worse_than_the_target_that_ships(string card, string recipe, bool isLarge)
    {
        string model = isLarge ? Shape : Config;
        string[] length = isLarge ? ["--max-length", "1024"] : [];
        JsonElement found = Explore([model, "--card", card, "-r", recipe, "--confirm", "6", .. length]);
        JsonElement shipped = CommandRun.Of(["estimate", model, "-t", card, "-r", recipe, .. length, "--json"]).Succeeds().Json;
        double generate = shipped.GetProperty("generate").GetDouble();
        double seconds = (shipped.GetProperty("prefill_ms").GetDouble() / 1e3 / generate) + (1 / shipped.GetProperty("decode_tokens_per_s").GetDouble());

        // The prompt's explanation is that of the decode steps in both.
        Assert.Equal(found.GetProperty("generate").GetDouble(), generate);
        Assert.InRange(found.GetProperty("best").GetProperty("seconds_per_token").GetDouble(), double.Epsilon, seconds * (1 + 1e-9));
        Assert.Equal(card, found.GetProperty("shipped")[0].GetProperty("target").GetString());
    }

    [Fact]
    public void With_half_the_DSP_blocks_a_card_gives_no_faster_machine()
    {
        using WorkFolder folder = new();
        string half = Card(folder, "half", ("dsp: 9024", "dsp: 4512"));
        double whole = Best(Explore(Config, "--card", "u280", "--confirm", "16"));

        Assert.True(Best(Explore(Config, "--card", half, "--confirm", "16")) >= whole);
    }

    [Fact]
    public void All_that_is_written_is_the_same_every_time()
    {
        using WorkFolder folder = new();
        string[] Run()
        {
            string output = CommandRun.Of(
                "explore", Config, "--card", "vhk158", "--confirm", "12", "-o", folder["a.yaml"], "--csv", folder["a.csv"], "--json").Succeeds().Output;
            return [output, File.ReadAllText(folder["a.yaml"]), File.ReadAllText(folder["a.csv"])];
        }

        Assert.Equal(Run(), Run());
    }

    [Fact]
    public void The_table_of_machines_has_none_that_another_beats_in_everything()
    {
        JsonElement found = Explore(Config, "--card", "u280", "--confirm", "24");
        double[][] merits = [.. found.GetProperty("pareto").EnumerateArray().Select(m => new[] { "seconds_per_token", "joules_per_token", "card_share" }.Select(k => m.GetProperty(k).GetDouble()).ToArray())];

        Assert.True(merits.Length > 1);
        Assert.DoesNotContain(merits, m => merits.Any(other => other != m && other.Zip(m).All(pair => pair.First <= pair.Second)));
        Assert.Equal(found.GetProperty("best").GetProperty("seconds_per_token").GetDouble(), merits.Min(m => m[0]));
        Assert.All(merits, m => Assert.InRange(m[2], 0, 1));
        Assert.InRange(found.GetProperty("confirmed").GetInt32(), merits.Length, 25);
        Assert.Equal(found.GetProperty("considered").GetInt64() > 0, found.GetProperty("excluded").EnumerateArray().All(e => e.GetProperty("count").GetInt64() > 0));
    }

    [Fact]
    public void Least_energy_is_no_more_than_that_of_the_fastest()
    {
        double Energy(string what) => Explore(Config, "--card", "vhk158", "--confirm", "12", "--minimize", what).GetProperty("best").GetProperty("joules_per_token").GetDouble();

        Assert.InRange(Energy("energy"), double.Epsilon, Energy("time"));
    }

    [Theory]
    [InlineData(false, 0.75, 1.1)]
    [InlineData(true, 0.85, 1.05)]
    public void The_closed_form_is_close_to_the_cycle_model(bool isLarge, double least, double most)
    {
        using WorkFolder folder = new();
        string[] model = isLarge ? [Shape, "-r", "w3.5", "--max-length", "1024", "--confirm", "6"] : [Config, "--confirm", "24"];
        Explore([.. model, "--card", "u280", "--csv", folder["a.csv"]]);
        string[][] lines = [.. File.ReadAllLines(folder["a.csv"]).Select(line => line.Split(','))];
        int screened = Array.IndexOf(lines[0], "screened_seconds_per_token");
        int confirmed = Array.IndexOf(lines[0], "seconds_per_token");

        Assert.True(lines.Length > 5);
        Assert.All(lines[1..], line => Assert.InRange(
            double.Parse(line[screened], CultureInfo.InvariantCulture) / double.Parse(line[confirmed], CultureInfo.InvariantCulture), least, most));
    }

    [Fact]
    public void A_time_limit_ends_the_search_after_a_whole_batch_and_says_so()
    {
        JsonElement found = Explore(Config, "--card", "u280", "--confirm", "40", "--time-limit", "0.000001");

        Assert.True(found.GetProperty("cut_by_time_limit").GetBoolean());
        Assert.Equal(8, found.GetProperty("confirmed").GetInt32());
        Assert.False(Explore(Config, "--card", "u280", "--confirm", "8").GetProperty("cut_by_time_limit").GetBoolean());
    }

    [Fact]
    public void Where_nothing_fits_every_reason_is_counted()
    {
        using WorkFolder folder = new();
        string small = Card(folder, "small", ("channel_mib: 256", "channel_mib: 1"), ("luts: 1303680", "luts: 400000"));
        CommandRun run = CommandRun.Of("explore", Shape, "--card", small).FailsWith(ExitCode.Unsupported, Codes.DoesNotFit);

        Assert.Contains("weights and KV cache exceed the memory channels", run.Error, StringComparison.Ordinal);
        Assert.Contains("more look-up tables than reach the clock", run.Error, StringComparison.Ordinal);
        CommandRun.Of("explore", Config, "--card", Card(folder, "few", ("dsp: 9024", "dsp: 90"))).FailsWith(ExitCode.Unsupported, Codes.DoesNotFit);
    }

    [Fact]
    public void Wrong_use_leaves_no_file()
    {
        using WorkFolder folder = new();
        string card = Card(folder, "card", ("dsp: 9024", "dsp: 9000"));
        CommandRun.Of("explore", Config, "--card", "u28").FailsWith(ExitCode.Usage, Codes.SettingsNotFound);
        CommandRun.Of("explore", Config).FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("explore", Config, "--card", "u280", "-r", "w99").FailsWith(ExitCode.Usage, Codes.SettingsNotFound);
        CommandRun.Of("explore", Config, "--card", "u280", "--minimize", "size").FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("explore", Config, "--card", "u280", "--prompt", "8").FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("explore", Config, "--card", "u280", "--time-limit", "0").FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("explore", Config, "--card", "u280", "-o", folder["Mine.yaml"]).FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("explore", Config, "--card", "u280", "-o", folder["mine.txt"]).FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("explore", Config, "--card", card, "-o", card).FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("explore", Config, "--card", "u280", "-o", folder["no/mine.yaml"]).FailsWith(ExitCode.Environment, Codes.CannotWrite);
        CommandRun.Of("explore", Config, "--card", "u280", "--prompt", "500", "--generate", "500").FailsWith(ExitCode.Unsupported, Codes.LengthUnsupported);
        Assert.Equal(["card.yaml"], folder.Files);
    }

    [Fact]
    public void The_table_for_people_marks_the_machine_that_was_chosen()
    {
        CommandRun run = CommandRun.Of("explore", Config, "--card", "u280", "--confirm", "4").Succeeds();

        Assert.Single(run.Output.Split('\n'), line => line.StartsWith('*'));
        Assert.Contains("targets that ship for the card", run.Output, StringComparison.Ordinal);
        Assert.Contains("not written: -o names one", run.Output, StringComparison.Ordinal);
    }

    private static JsonElement Explore(params string[] arguments) => CommandRun.Of(["explore", .. arguments, "--json"]).Succeeds().Json;

    private static double Best(JsonElement found) => found.GetProperty("best").GetProperty("seconds_per_token").GetDouble();

    private static string Card(WorkFolder folder, string name, params (string Old, string New)[] changes)
    {
        string text = File.ReadAllText(Path.Combine(TestData.Repository, "configs", "cards", "u280.yaml")).Replace("name: u280", $"name: {name}", StringComparison.Ordinal);
        foreach ((string old, string changed) in changes)
        {
            Assert.Contains(old, text, StringComparison.Ordinal);
            text = text.Replace(old, changed, StringComparison.Ordinal);
        }

        File.WriteAllText(folder[$"{name}.yaml"], text);
        return folder[$"{name}.yaml"];
    }
}
