using System.Text.Json;
using System.Text.RegularExpressions;
using Flightc.Diagnostics;

namespace Flightc.Tests;

/// <summary>Holds docs/json.md against what the commands write.</summary>
public sealed class JsonDocumentTests(CompiledStories stories) : IClassFixture<CompiledStories>
{
    // What is inside is documented elsewhere, is a list of plain values, or is empty in the sample.
    private static readonly string[] Leaves =
    [
        "manifest", "ablation", "entries[].by_unit", "by_unit", "diagnostics", "recipes[].overrides", "bytes_by_class", "cases[].bytes_by_class",
        "cases[].explanations[].bytes_by_class", "contexts[].explanations[].bytes_by_class", "[].sweep", "[].cases",
        "[].bytes_by_class",
        "weight.blocks", "steps[].needed_cycles", "steps[].units[].stall_cycles",
    ];

    [Theory]
    [InlineData("check", "MODEL")]
    [InlineData("calibrate", "MODEL --text TEXT --samples 1 --length 8 -o OUTPUT")]
    [InlineData("calibrate --show", "STATS")]
    [InlineData("compile", "MODEL -t tiny -o OUTPUT")]
    [InlineData("cache", "KEPT")]
    [InlineData("run", "IMAGE -p lily -n 2")]
    [InlineData("eval", "IMAGE IMAGE --text TEXT --records 1 --reference MODEL --per-record --layers --layer-tokens 4")]
    [InlineData("bench", "IMAGE --prompt 5 -n 2 --runs 1")]
    [InlineData("estimate", "MODEL -t tiny --context 64 --lengths 9")]
    [InlineData("estimate --sweep", "clock=200,250 MODEL -t tiny")]
    [InlineData("explore", "MODEL --card u280 --confirm 2")]
    [InlineData("allocate", "MODEL -t tiny --budget 6bits --candidates 4g64,8g64")]
    [InlineData("export", "MODEL -o OUTPUT")]
    [InlineData("inspect", "IMAGE")]
    [InlineData("disasm", "IMAGE")]
    [InlineData("disasm --isa", "flightllm-vhk158 PROGRAM")]
    [InlineData("verify", "IMAGE")]
    [InlineData("verify --isa", "flightllm-vhk158 PROGRAM")]
    [InlineData("explain", "IMAGE layers.0.mlp.down")]
    [InlineData("explain CODE", "")]
    [InlineData("targets", "")]
    [InlineData("recipes", "")]
    public void Every_key_is_documented_and_every_documented_key_is_written(string command, string arguments)
    {
        using WorkFolder folder = new();
        Dictionary<string, string> names = new()
        {
            ["MODEL"] = TestData.Stories, ["IMAGE"] = stories.Image, ["OUTPUT"] = folder["a.flight"], ["TEXT"] = Path.Combine(TestData.Stories, "texts.jsonl"),
            ["PROGRAM"] = folder["a.bin"], ["STATS"] = folder["a.stats"],
        };
        if (arguments == "KEPT")
        {
            names["KEPT"] = folder["kept"];
            CommandRun.Of("compile", names["MODEL"], "-t", "tiny", "-o", names["OUTPUT"], "--cache", names["KEPT"]).Succeeds();
        }

        File.WriteAllBytes(folder["a.bin"], PublishedFileTests.StoreAndBarrier);
        if (arguments.Contains("STATS", StringComparison.Ordinal))
        {
            CommandRun.Of("calibrate", names["MODEL"], "--text", names["TEXT"], "--samples", "1", "--length", "8", "-o", names["STATS"]).Succeeds();
        }

        string[] words = [.. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => names.GetValueOrDefault(word, word))];
        JsonElement document = CommandRun.Of([.. command.Replace("CODE", Codes.Usage, StringComparison.Ordinal).Split(' '), .. words, "--json"]).Succeeds().Json;

        Assert.Equal(Documented(command), Keys(document, "").Distinct().Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Documented(string command)
    {
        string page = File.ReadAllText(Path.Combine(TestData.Repository, "docs", "json.md"));
        string section = page.Split("\n## ").Single(s => s.StartsWith($"{command}\n", StringComparison.Ordinal));
        IEnumerable<string> cells = section.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('|')[1]);
        return cells.SelectMany(cell => Regex.Matches(cell, "`([^`]+)`").Select(m => m.Groups[1].Value)).Order(StringComparer.Ordinal);
    }

    private static IEnumerable<string> Keys(JsonElement value, string path) => value.ValueKind switch
    {
        _ when Leaves.Contains(path) => [path],
        JsonValueKind.Object => value.EnumerateObject().SelectMany(p => Keys(p.Value, path.Length == 0 ? p.Name : $"{path}.{p.Name}")),
        JsonValueKind.Array when value.EnumerateArray().Any(item => item.ValueKind == JsonValueKind.Object) =>
            value.EnumerateArray().SelectMany(item => Keys(item, $"{path}[]")),
        _ => [path],
    };
}
