using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using Flightc.Compression;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Passes.Allocation;
using Flightc.Recipes;

namespace Flightc.Tests;

public sealed class AllocateCommandTests
{
    private static readonly string Config = Path.Combine(TestData.Stories, "config.json");
    private static readonly string Shape = Path.Combine(TestData.Repository, "samples", "shapes", "llama2-7b.json");

    [Theory]
    [InlineData("3.6bits")]
    [InlineData("4.25bits")]
    [InlineData("1200KB")]
    [InlineData("1.3MiB")]
    public void The_recipe_that_is_written_compiles_to_what_was_promised_within_the_budget(string budget)
    {
        using WorkFolder folder = new();
        JsonElement found = Allocate(Config, folder, budget, "-o", folder["mine.yaml"]);
        JsonElement chosen = found.GetProperty("chosen");
        JsonElement estimated = CommandRun.Of("estimate", Config, "-t", "u280", "-r", folder["mine.yaml"], "--context", "384", "--json").Succeeds().Json;

        Assert.Equal(["losses.csv", "mine.yaml"], folder.Files);
        Assert.Equal(estimated.GetProperty("weight_bytes").GetInt64(), chosen.GetProperty("weight_bytes").GetInt64());
        Assert.Equal(estimated.GetProperty("bits_per_weight").GetDouble(), chosen.GetProperty("bits_per_weight").GetDouble(), 1e-12);
        Assert.Equal(estimated.GetProperty("channels").EnumerateArray().Sum(c => c.GetProperty("weight_bytes").GetInt64()), chosen.GetProperty("hbm_bytes").GetInt64());
        Assert.Equal(
            estimated.GetProperty("contexts")[0].GetProperty("explanations").EnumerateArray().Where(e => e.GetProperty("explanation").GetString() != "none").Max(e => e.GetProperty("decode_ms").GetDouble()),
            chosen.GetProperty("decode_ms").GetDouble(), 1e-9);

        string taken = found.GetProperty("budget").GetProperty("kind").GetString()!;
        double limit = found.GetProperty("budget").GetProperty("value").GetDouble();
        Assert.InRange(chosen.GetProperty(taken).GetDouble(), limit * 0.99, limit);
    }

    [Fact]
    public void The_recipe_gives_every_weight_the_format_that_was_chosen()
    {
        using WorkFolder folder = new();
        JsonElement found = Allocate(Config, folder, "3.9bits", "-o", folder["mine.yaml"]);
        Recipe recipe = RecipeFile.Read(folder["mine.yaml"]);
        JsonElement[] tensors = [.. found.GetProperty("tensors").EnumerateArray()];

        Assert.Equal(29, tensors.Length);
        Assert.True(tensors.Select(t => t.GetProperty("format").GetString()).Distinct().Count() > 2);
        Assert.All(tensors, t => Assert.Equal(
            t.GetProperty("format").GetString(),
            recipe.FormatOf(t.GetProperty("role").GetString()!, IsTied(t), IsTied(t)).ToString()));
        Assert.Equal(found.GetProperty("chosen").GetProperty("predicted_loss").GetDouble(), tensors.Sum(t => t.GetProperty("predicted_loss").GetDouble()), 1e-12);
    }

    [Fact]
    public void A_time_is_kept_and_the_next_point_of_the_front_would_not_keep_it()
    {
        using WorkFolder folder = new();
        double least = Allocate(Config, folder, "2.9bits").GetProperty("chosen").GetProperty("decode_ms").GetDouble();
        double most = Allocate(Config, folder, "99bits").GetProperty("chosen").GetProperty("decode_ms").GetDouble();
        double budget = (least + most) / 2;
        JsonElement chosen = Allocate(Config, folder, $"{budget.ToString("R", CultureInfo.InvariantCulture)}ms").GetProperty("chosen");

        Assert.InRange(chosen.GetProperty("decode_ms").GetDouble(), budget * 0.97, budget);
        Assert.Equal(JsonValueKind.Null, chosen.GetProperty("predicted_loss_bound").ValueKind);
        Assert.True(Allocate(Config, folder, "1000ms").GetProperty("chosen").GetProperty("decode_ms").GetDouble() > budget);
    }

    [Fact]
    public void A_larger_budget_never_loses_more_and_a_huge_one_takes_the_best_of_everything()
    {
        using WorkFolder folder = new();
        JsonElement[] found = [.. new[] { "3bits", "3.4bits", "3.5bits", "5bits", "8bits", "1e9bits" }.Select(budget => Allocate(Config, folder, budget))];
        double[] losses = [.. found.Select(f => f.GetProperty("chosen").GetProperty("predicted_loss").GetDouble())];

        Assert.Equal(losses.OrderDescending(), losses);
        Assert.True(found[0].GetProperty("is_budget_reached").GetBoolean());
        Assert.False(found[^1].GetProperty("is_budget_reached").GetBoolean());
        Assert.All(found[^1].GetProperty("tensors").EnumerateArray(), t => Assert.StartsWith("8g32", t.GetProperty("format").GetString(), StringComparison.Ordinal));
    }

    [Fact]
    public void The_front_falls_and_no_recipe_that_ships_loses_less_for_its_bytes()
    {
        using WorkFolder folder = new();
        JsonElement found = Allocate(Config, folder, "4bits", "--front", folder["front.csv"], "--svg", folder["front.svg"]);
        (double Bytes, double Loss)[] front = Points(found.GetProperty("front"));
        (double Bytes, double Loss)[] recipes = Points(found.GetProperty("recipes"));

        Assert.True(front.Length > 15 && found.GetProperty("front_points").GetInt32() > front.Length);
        Assert.All(front.Zip(front[1..]), pair => Assert.True(pair.First.Bytes < pair.Second.Bytes && pair.First.Loss > pair.Second.Loss));
        Assert.Equal(6, recipes.Length);

        // A recipe's own bytes as a budget, with a page of every channel for padding.
        Assert.All(recipes.Where(r => r.Loss < 1), recipe => Assert.True(
            Allocate(Config, folder, string.Create(CultureInfo.InvariantCulture, $"{(recipe.Bytes + 4096) * 8 / 2_623_744}bits"))
                .GetProperty("chosen").GetProperty("predicted_loss").GetDouble() <= recipe.Loss));

        string[] lines = File.ReadAllLines(folder["front.csv"]);
        Assert.Equal("kind,name,bits_per_weight,weight_bytes,hbm_bytes,decode_ms,predicted_loss", lines[0]);
        Assert.Equal(1 + 1 + front.Length + recipes.Length, lines.Length);
        Assert.StartsWith("chosen,allocated,", lines[1], StringComparison.Ordinal);
        XElement svg = XElement.Parse(File.ReadAllText(folder["front.svg"]));
        Assert.Equal(front.Length + recipes.Length + 1, svg.Elements().Count(e => e.Name.LocalName == "circle"));
        Assert.All(svg.Descendants().Attributes(), a => Assert.DoesNotContain("NaN", a.Value, StringComparison.Ordinal));
        Assert.Equal(["paper", "w3.5", "w3.5-8of16", "w4", "w4-8of16", "w8"], svg.Elements().Where(e => e.Attribute("class")?.Value == "label").Select(e => e.Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Points_are_timed_where_that_is_asked_for()
    {
        using WorkFolder folder = new();
        JsonElement found = Allocate(Config, folder, "5bits", "--times", "--candidates", "4g64,8g64", "--search-limit", "0");

        Assert.All(found.GetProperty("front").EnumerateArray(), p => Assert.True(p.GetProperty("decode_ms").GetDouble() > 0));
        Assert.All(found.GetProperty("recipes").EnumerateArray(), p => Assert.True(p.GetProperty("decode_ms").GetDouble() > 0));
        Assert.Equal(["4g64", "8g64"], found.GetProperty("candidates").EnumerateArray().Select(c => c.GetString()));
    }

    [Fact]
    public void Weights_that_are_kept_have_the_format_of_the_recipe()
    {
        using WorkFolder folder = new();
        JsonElement found = Allocate(Config, folder, "4bits", "--keep", "layers.0.*", "--keep", "*.attn.v.weight", "-r", "w4");

        foreach (JsonElement tensor in found.GetProperty("tensors").EnumerateArray())
        {
            string role = tensor.GetProperty("role").GetString()!;
            if (role.StartsWith("layers.0.", StringComparison.Ordinal) || role.EndsWith(".attn.v.weight", StringComparison.Ordinal))
            {
                Assert.Equal("4g32", tensor.GetProperty("format").GetString());
            }
        }

        CommandRun.Of("allocate", Config, "-t", "u280", "--budget", "4bits", "--losses", folder["losses.csv"], "--keep", "layer.0.*").FailsWith(ExitCode.Usage, Codes.Usage);
    }

    [Fact]
    public void Losses_of_the_weights_themselves_can_be_written_and_give_the_same_result_again()
    {
        using WorkFolder folder = new();
        string[] words = ["allocate", TestData.Stories, "-t", "tiny", "--budget", "4.2bits", "--candidates", "3..5g64,8g64,3g64 8:16", "--front", folder["front.csv"]];
        CommandRun.Of([.. words, "--write-losses", folder["losses.csv"], "-j", "1"]).Succeeds();
        string[] first = [File.ReadAllText(folder["losses.csv"]), File.ReadAllText(folder["front.csv"])];
        CommandRun.Of([.. words, "--write-losses", folder["losses.csv"], "-j", "3"]).Succeeds();
        string[] second = [File.ReadAllText(folder["losses.csv"]), File.ReadAllText(folder["front.csv"])];
        Assert.Equal(first, second);

        words[1] = Config;
        CommandRun.Of([.. words, "--losses", folder["losses.csv"]]).Succeeds();
        Assert.Equal(first[1], File.ReadAllText(folder["front.csv"]));
    }

    [Theory]
    [InlineData("0bits", ExitCode.Usage, Codes.Usage)]
    [InlineData("-4bits", ExitCode.Usage, Codes.Usage)]
    [InlineData("4", ExitCode.Usage, Codes.Usage)]
    [InlineData("bits", ExitCode.Usage, Codes.Usage)]
    [InlineData("NaNbits", ExitCode.Usage, Codes.Usage)]
    [InlineData("1e999bits", ExitCode.Usage, Codes.Usage)]
    [InlineData("4 parsecs", ExitCode.Usage, Codes.Usage)]
    [InlineData("4,5bits", ExitCode.Usage, Codes.Usage)]
    [InlineData("1e-320MB", ExitCode.Unsupported, Codes.BudgetUnreachable)]
    [InlineData("1bits", ExitCode.Unsupported, Codes.BudgetUnreachable)]
    [InlineData("1KiB", ExitCode.Unsupported, Codes.BudgetUnreachable)]
    [InlineData("0.000001ms", ExitCode.Unsupported, Codes.BudgetUnreachable)]
    public void A_budget_that_cannot_be_is_refused_and_leaves_no_file(string budget, ExitCode code, string diagnostic)
    {
        using WorkFolder folder = new();
        WriteLosses(folder);
        CommandRun.Of("allocate", Config, "-t", "u280", "--budget", budget, "--losses", folder["losses.csv"], "-o", folder["mine.yaml"]).FailsWith(code, diagnostic);

        Assert.Equal(["losses.csv"], folder.Files);
    }

    [Fact]
    public void Wrong_use_is_refused_before_any_work()
    {
        using WorkFolder folder = new();
        WriteLosses(folder);
        string losses = folder["losses.csv"];
        string[] words = ["allocate", Config, "-t", "u280", "--budget", "4bits"];
        CommandRun.Of(words).FailsWith(ExitCode.Usage, Codes.FileNotReadable);
        CommandRun.Of([.. words, "--losses", folder["missing.csv"]]).FailsWith(ExitCode.Usage, Codes.FileNotReadable);
        CommandRun.Of([.. words, "--losses", losses, "-o", losses]).FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of([.. words, "--losses", losses, "--front", losses]).FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of([.. words, "--losses", losses, "-o", folder["Mine.yaml"]]).FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of([.. words, "--losses", losses, "-o", folder["a.yaml"], "--svg", folder["a.yaml"]]).FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of([.. words, "--losses", losses, "--candidates", "9g64"]).FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of([.. words, "--losses", losses, "--candidates", "4g128 2:16"]).FailsWith(ExitCode.Unsupported, Codes.LossTableInvalid);
        CommandRun.Of([.. words, "--losses", losses, "--context", "513"]).FailsWith(ExitCode.Unsupported, Codes.LengthUnsupported);
        CommandRun.Of(["allocate", Shape, "-t", "u280", "--budget", "4bits", "--losses", losses]).FailsWith(ExitCode.Unsupported, Codes.BudgetUnreachable);
        CommandRun.Of([.. words[..4], "--losses", losses]).FailsWith(ExitCode.Usage, Codes.Usage);
        Assert.Equal(["losses.csv"], folder.Files);
    }

    private static bool IsTied(JsonElement tensor) => tensor.GetProperty("role").GetString() == "embed.weight";

    private static (double Bytes, double Loss)[] Points(JsonElement list) =>
        [.. list.EnumerateArray().Select(p => (p.GetProperty("weight_bytes").GetDouble(), p.GetProperty("predicted_loss").GetDouble()))];

    private static JsonElement Allocate(string model, WorkFolder folder, string budget, params string[] more)
    {
        WriteLosses(folder);
        return CommandRun.Of(["allocate", model, "-t", "u280", "--budget", budget, "--losses", folder["losses.csv"], "--json", .. more]).Succeeds().Json;
    }

    // A loss that falls by four for every bit, as rounding's does, and differs from weight to weight.
    private static void WriteLosses(WorkFolder folder)
    {
        RandomNumbers random = new(17);
        string[] kinds = ["attn.q", "attn.k", "attn.v", "attn.o", "mlp.gate", "mlp.up", "mlp.down"];
        string[] roles = ["embed.weight", .. Enumerable.Range(0, 4).SelectMany(layer => kinds.Select(kind => $"layers.{layer}.{kind}.weight"))];
        List<(string, QuantizedFormat, double)> losses = [];
        foreach (string role in roles)
        {
            double scale = 1 + random.Float();
            losses.AddRange(CandidateFormats.Default.Select(format => (
                role, format, (scale * (Math.ScaleB(1, -2 * format.Bits) * (1 + (0.002 * format.GroupSize)))) + (format.Sparsity.IsDense ? 0 : 0.02 * scale))));
        }

        File.WriteAllText(folder["losses.csv"], LossTable.Text(losses));
    }
}
