using System.Globalization;
using System.Text.Json;
using Flightc.Diagnostics;

namespace Flightc.Tests;

public sealed class EstimateCommandTests
{
    private static readonly string[] Keys =
    [
        "decode_tokens_per_s", "prefill_ms", "hbm_utilization", "hbm_gb_per_s", "bytes_per_token", "mac_utilization", "tokens_per_joule",
    ];

    [Theory]
    [InlineData("tiny")]
    [InlineData("u280")]
    public void A_configuration_alone_gives_all_numbers(string target)
    {
        JsonElement document = Estimate(Config, "-t", target);
        foreach (string key in Keys)
        {
            Assert.InRange(document.GetProperty(key).GetDouble(), double.Epsilon, 1e12);
        }

        Assert.InRange(document.GetProperty("hbm_utilization").GetDouble(), 0, 1);
        Assert.InRange(document.GetProperty("mac_utilization").GetDouble(), 0, 1);
        double registers = document.GetProperty("program_bytes").GetDouble();
        double bucketed = document.GetProperty("program_bytes_bucketed").GetDouble();
        Assert.InRange(bucketed, 10 * registers, double.MaxValue);
        Assert.InRange(document.GetProperty("program_bytes_naive").GetDouble(), 10 * bucketed, double.MaxValue);
        Assert.NotEmpty(document.GetProperty("bottleneck").GetString()!);

        double classes = document.GetProperty("bytes_by_class").EnumerateObject().Sum(c => c.Value.GetDouble());
        Assert.Equal(document.GetProperty("bytes_per_token").GetDouble(), classes, classes * 1e-9);
        double[] shares = [.. document.GetProperty("operators").EnumerateArray().Where(o => o.GetProperty("phase").GetString() == "decode").Select(o => o.GetProperty("share").GetDouble())];
        Assert.Equal(1, shares.Sum(), 1e-9);
        Assert.Equal(shares.OrderDescending(), shares);
    }

    [Fact]
    public void The_headline_is_the_worse_of_the_fitted_explanations()
    {
        JsonElement document = Estimate(Config, "-t", "u280");
        Dictionary<string, double> speeds = document.GetProperty("cases")[0].GetProperty("explanations").EnumerateArray()
            .ToDictionary(e => e.GetProperty("explanation").GetString()!, e => e.GetProperty("decode_tokens_per_s").GetDouble());
        Assert.Equal(["none", "barrier", "load"], speeds.Keys);
        string worse = speeds["barrier"] < speeds["load"] ? "barrier" : "load";
        Assert.Equal(worse, document.GetProperty("explanation").GetString());
        Assert.Equal(speeds[worse], document.GetProperty("decode_tokens_per_s").GetDouble());
        Assert.InRange(speeds["none"], Math.Max(speeds["barrier"], speeds["load"]), double.MaxValue);
        Assert.Contains($"{worse} *", CommandRun.Of("estimate", Config, "-t", "u280").Succeeds().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Cases_come_in_the_order_given_with_that_of_prompt_and_generate_first()
    {
        JsonElement document = Estimate(Config, "-t", "tiny", "--case", "16,8", "--case", "4,0", "--prompt", "3", "--generate", "2", "--context", "5,9");
        Assert.Equal([(3, 2), (16, 8), (4, 0)], document.GetProperty("cases").EnumerateArray().Select(c => (c.GetProperty("prompt").GetInt32(), c.GetProperty("generate").GetInt32())));
        Assert.Equal(3, document.GetProperty("prompt").GetInt32());
        Assert.Equal(JsonValueKind.Null, document.GetProperty("cases")[2].GetProperty("decode_tokens_per_s").ValueKind);
        Assert.InRange(document.GetProperty("cases")[2].GetProperty("prefill_ms").GetDouble(), double.Epsilon, 1e6);
        Assert.Equal([5, 9], document.GetProperty("contexts").EnumerateArray().Select(c => c.GetProperty("context").GetInt32()));
    }

    [Fact]
    public void The_default_case_is_cut_down_to_a_short_context()
    {
        Assert.Equal([16, 48], Sizes(Estimate(Config, "-t", "tiny", "--max-length", "64")));
        Assert.Equal([128, 384], Sizes(Estimate(Config, "-t", "tiny")));
        Assert.Equal([1, 0], Sizes(Estimate(Config, "-t", "tiny", "--max-length", "1")));

        static int[] Sizes(JsonElement e) => [e.GetProperty("prompt").GetInt32(), e.GetProperty("generate").GetInt32()];
    }

    [Fact]
    public void A_sweep_estimates_every_combination_in_order()
    {
        JsonElement points = Estimate(Config, "-t", "tiny", "--sweep", "recipe=w8,w4", "--sweep", "clock=100..200:50", "--case", "8,8");
        Assert.Equal(
            ["w8 100", "w8 150", "w8 200", "w4 100", "w4 150", "w4 200"],
            points.EnumerateArray().Select(p => $"{p.GetProperty("sweep").GetProperty("recipe")} {p.GetProperty("sweep").GetProperty("clock")}"));
        Assert.Equal(["w8", "w8", "w8", "w4", "w4", "w4"], points.EnumerateArray().Select(p => p.GetProperty("recipe").GetString()));
        double[] speeds = [.. points.EnumerateArray().Select(p => p.GetProperty("decode_tokens_per_s").GetDouble())];
        Assert.Equal(speeds[..3].Order(), speeds[..3]);
        Assert.All(speeds[..3].Zip(speeds[3..]), pair => Assert.True(pair.First <= pair.Second));
    }

    [Fact]
    public void A_target_can_come_from_the_sweep_alone_and_a_point_is_what_it_is_without_one()
    {
        JsonElement points = Estimate(Config, "--sweep", "target=tiny,u280", "--case", "8,8");
        foreach ((JsonElement point, string target) in points.EnumerateArray().Zip(["tiny", "u280"]))
        {
            JsonElement alone = Estimate(Config, "-t", target, "--case", "8,8");
            Assert.All([.. Keys, "program_bytes_naive"], key => Assert.Equal(alone.GetProperty(key).GetDouble(), point.GetProperty(key).GetDouble()));
        }
    }

    [Fact]
    public void Any_number_of_a_target_can_be_varied_and_what_does_not_fit_says_so()
    {
        using WorkFolder folder = new();
        string csv = folder["sweep.csv"];
        CommandRun run = CommandRun.Of(
            "estimate", Config, "-t", "u280", "--sweep", "core.scratch_kib=4608,460800", "--sweep", "timing.host.launch_us=10,40.5", "--case", "8,8", "--csv", csv, "--json").Succeeds();
        JsonElement[] points = [.. run.Json.EnumerateArray()];
        Assert.Equal(4, points.Length);
        Assert.All(points[..2], p => Assert.Equal(JsonValueKind.Null, p.GetProperty("problem").ValueKind));
        Assert.All(points[2..], p => Assert.Contains("UltraRAM", p.GetProperty("problem").GetString(), StringComparison.Ordinal));
        Assert.All(points[2..], p => Assert.False(p.TryGetProperty("decode_tokens_per_s", out _)));
        Assert.True(points[0].GetProperty("decode_tokens_per_s").GetDouble() > points[1].GetProperty("decode_tokens_per_s").GetDouble());

        string[] lines = File.ReadAllText(csv).TrimEnd('\n').Split('\n');
        Assert.Equal(1 + (2 * 3) + 2, lines.Length);
        Assert.StartsWith("sweep.core.scratch_kib,sweep.timing.host.launch_us,target,recipe,", lines[0], StringComparison.Ordinal);
        Assert.Equal(["sweep.csv"], folder.Files);
    }

    [Fact]
    public void A_model_that_does_not_fit_the_memory_is_a_row_too()
    {
        JsonElement points = Estimate(Config, "-t", "tiny", "--sweep", "hbm.channel_mib=1,16", "--case", "8,8", "--max-length", "8192");
        Assert.Contains("memory channel", points[0].GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, points[1].GetProperty("problem").ValueKind);
    }

    [Fact]
    public void The_table_has_a_line_for_every_case_and_explanation()
    {
        using WorkFolder folder = new();
        JsonElement document = Estimate(Config, "-t", "tiny", "--case", "8,8", "--case", "16,0", "--csv", folder["a.csv"]);
        string[][] lines = [.. File.ReadAllLines(folder["a.csv"]).Select(line => line.Split(','))];
        Assert.Equal(7, lines.Length);
        Assert.All(lines, line => Assert.Equal(lines[0].Length, line.Length));
        string[] headline = lines[1..4].Single(line => line[Array.IndexOf(lines[0], "is_headline")] == "true");
        foreach (string key in Keys)
        {
            Assert.Equal(document.GetProperty(key).GetDouble(), double.Parse(headline[Array.IndexOf(lines[0], key)], CultureInfo.InvariantCulture));
        }

        CommandRun.Of("estimate", Config, "-t", "tiny", "--csv", folder["no/a.csv"]).FailsWith(ExitCode.Environment, Codes.CannotWrite);
        Assert.Equal(["a.csv"], folder.Files);
    }

    [Fact]
    public void A_prompt_of_a_bucket_takes_as_long_as_the_longest_of_it()
    {
        double shorter = Prefill("bucketed", 3);
        Assert.Equal(Prefill("bucketed", 8), shorter);
        Assert.True(Prefill("naive", 3) < shorter);
        Assert.True(Prefill("registers", 3) < shorter);

        static double Prefill(string plan, int prompt) =>
            Estimate(Config, "-t", "tiny", "--length-plan", plan, "--case", string.Create(CultureInfo.InvariantCulture, $"{prompt},0")).GetProperty("prefill_ms").GetDouble();
    }

    [Fact]
    public void Plans_are_compared_over_lengths_from_a_list_or_a_file()
    {
        using WorkFolder folder = new();
        string file = folder.Write("lengths.txt", "# prompts of a day\n1 3\n500\n");
        Assert.Equal(Times(file), Times("1:0.75,500:0.25"));
        (double Decode, double Prefill)[] times = Times("500");
        Assert.True(times[1].Decode >= times[0].Decode * 0.999, "a bucket's top cannot be faster than its lengths");
        Assert.True(times[1].Prefill >= times[0].Prefill);
        Assert.All(Times("uniform"), t => Assert.InRange(t.Decode, double.Epsilon, times.Max(x => x.Decode) * 2));

        static (double Decode, double Prefill)[] Times(string lengths) =>
        [
            .. Estimate(Config, "-t", "tiny", "--case", "8,8", "--lengths", lengths).GetProperty("length_plans").EnumerateArray()
                .Select(p => (p.GetProperty("decode_ms").GetDouble(), p.GetProperty("prefill_ms").GetDouble())),
        ];
    }

    [Theory]
    [InlineData("--case 8")]
    [InlineData("--case 0,8")]
    [InlineData("--case 8,-1")]
    [InlineData("--prompt 8")]
    [InlineData("--context 0")]
    [InlineData("--context 5,x")]
    [InlineData("--length-plan registrs")]
    [InlineData("--lengths 0:1")]
    [InlineData("--lengths 8:0")]
    [InlineData("--lengths 8:1,")]
    [InlineData("--sweep clock")]
    [InlineData("--sweep =5")]
    [InlineData("--sweep clock=")]
    [InlineData("--sweep clock=fast")]
    [InlineData("--sweep clock=300..200:25")]
    [InlineData("--sweep clock=200..300")]
    [InlineData("--sweep clock=200..300:0")]
    [InlineData("--sweep clock=200..300:-5")]
    [InlineData("--sweep clock=1..1000000:1")]
    [InlineData("--sweep clock=200,200.0")]
    [InlineData("--sweep clock=200 --sweep clock_mhz=300")]
    [InlineData("--sweep clock=1..200:1 --sweep core.special_lanes=1..200:1")]
    [InlineData("--sweep recipe=w4,w4")]
    [InlineData("--sweep core_channels=11")]
    public void Wishes_that_make_no_sense_are_refused(string wishes)
    {
        CommandRun run = CommandRun.Of(["estimate", Config, "-t", "tiny", .. wishes.Split(' ')]).FailsWith(ExitCode.Usage, Codes.Usage);
        Assert.Contains("help: ", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public void Wishes_that_cannot_be_met_have_their_codes()
    {
        CommandRun.Of("estimate", Config).FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("estimate", Config, "-t", "tiny", "--case", "500,13").FailsWith(ExitCode.Unsupported, Codes.LengthUnsupported);
        CommandRun.Of("estimate", Config, "-t", "tiny", "--context", "513").FailsWith(ExitCode.Unsupported, Codes.LengthUnsupported);
        CommandRun.Of("estimate", Config, "-t", "tiny", "--lengths", "513").FailsWith(ExitCode.Unsupported, Codes.LengthUnsupported);
        CommandRun.Of("estimate", Config, "-t", "tiny", "--lengths", "no-such-file").FailsWith(ExitCode.Usage, Codes.FileNotReadable);
        CommandRun.Of("estimate", Config, "-t", "tiny", "--sweep", "recipe=w4,w44").FailsWith(ExitCode.Usage, Codes.SettingsNotFound);
        CommandRun.Of("estimate", Config, "--sweep", "target=tiny,tny").FailsWith(ExitCode.Usage, Codes.SettingsNotFound);
        Assert.Contains("did you mean 'core.special_lanes'?", CommandRun.Of("estimate", Config, "-t", "tiny", "--sweep", "core.special_lane=1").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_published_machine_has_the_same_keys_and_the_measured_times()
    {
        string model = Path.Combine(TestData.Repository, "samples", "shapes", "llama2-7b.json");
        JsonElement document = Estimate(model, "-t", "flightllm-u280", "-r", "published", "--context", "128,512", "--ablation");
        Assert.All([.. Keys, "program_bytes", "program_bytes_bucketed", "program_bytes_naive", "bottleneck"], key => Assert.True(document.TryGetProperty(key, out _), key));
        double[] speeds =
        [
            .. document.GetProperty("contexts").EnumerateArray().Select(c => c.GetProperty("explanations").EnumerateArray()
                .Single(e => e.GetProperty("explanation").GetString() == "barrier").GetProperty("decode_tokens_per_s").GetDouble()),
        ];
        Assert.Equal(57.1, speeds[0], 0.1);
        Assert.Equal(52.7, speeds[1], 0.1);
        JsonElement[] changes = [.. document.GetProperty("ablation").EnumerateArray()];
        Assert.Equal(2 * 2 * 8, changes.Length);
        Assert.Equal(speeds[0], changes[0].GetProperty("tokens_per_s").GetDouble(), 1e-6);
        Assert.All(changes, c => Assert.InRange(c.GetProperty("hbm_utilization").GetDouble(), 0.3, 1));

        JsonElement points = Estimate(Config, "--sweep", "target=tiny,flightllm-u280", "--case", "8,8", "--max-length", "64");
        Assert.Equal(["tiny", "flightllm-u280"], points.EnumerateArray().Select(p => p.GetProperty("sweep").GetProperty("target").GetString()));
        CommandRun.Of("estimate", model, "-t", "flightllm-u280", "--length-plan", "naive").FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("estimate", model, "-t", "flightllm-u280", "-r", "w4").FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("estimate", model, "-t", "flightllm-vhk158", "--ablation").FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("estimate", Config, "-t", "tiny", "--ablation").FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("estimate", Config, "-t", "tiny", "--sweep", "clock=200", "--context", "8").FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("estimate", Config, "-t", "tiny", "--csv", "a.json", "--report", "./a.json").FailsWith(ExitCode.Usage, Codes.Usage);
        JsonElement mixed = Estimate(Config, "--sweep", "target=tiny,flightllm-u280", "--sweep", "recipe=w8", "--case", "8,8", "--max-length", "64");
        Assert.Equal([true, false], mixed.EnumerateArray().Select(p => p.GetProperty("problem").ValueKind == JsonValueKind.Null));
        CommandRun.Of("estimate", Config, "-t", "tiny", "--csv", "/dev/null").FailsWith(ExitCode.Environment, Codes.CannotWrite);
        CommandRun.Of("estimate", Config, "-t", "tiny", "--csv", Config).FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("estimate", model, "-t", "flightllm-u280", "--case", "8,4096").FailsWith(ExitCode.Unsupported, Codes.LengthUnsupported);
    }

    private static string Config => Path.Combine(TestData.Stories, "config.json");

    private static JsonElement Estimate(params string[] arguments) => CommandRun.Of(["estimate", .. arguments, "--json"]).Succeeds().Json;
}
