using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Flightc.Cli.Images;
using Flightc.Cli.Reports;
using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Timing;

namespace Flightc.Tests;

public sealed class ReportTests(CompiledStories stories) : IClassFixture<CompiledStories>
{
    private const string Hostile = "<script>alert(1)</script>\"'&<img src=x>";

    [Fact]
    public void A_page_is_whole_fetches_nothing_runs_nothing_and_is_the_same_every_time()
    {
        using WorkFolder folder = new();
        foreach (string name in (string[])["a.html", "b.html"])
        {
            CommandRun.Of("estimate", stories.Image, "-t", "tiny", "--report", folder[name]).Succeeds();
        }

        string page = File.ReadAllText(folder["a.html"]);
        Assert.Equal(page, File.ReadAllText(folder["b.html"]));
        XElement[] elements = [.. Parse(page).Descendants()];
        Assert.Equal(
            ["Timeline", "Roofline", "Bytes by class", "Operators", "Memory", "Cases"],
            elements.Where(e => e.Name == "h2").Select(e => e.Value));
        AssertHarmless(elements);
        Assert.Contains(elements, e => e.Name == "td" && e.Value == "layers.*.mlp.down");
        Assert.Contains("prefers-color-scheme:dark", page, StringComparison.Ordinal);
        Assert.Contains("simulated", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_page_about_a_model_of_seven_billion_weights_is_light()
    {
        using WorkFolder folder = new();
        string config = folder.Write("config.json", """
            {"architectures":["LlamaForCausalLM"],"hidden_act":"silu","hidden_size":4096,"intermediate_size":11008,"num_hidden_layers":32,
            "num_attention_heads":32,"vocab_size":32000,"max_position_embeddings":2048,"rms_norm_eps":1e-5,"tie_word_embeddings":false}
            """);
        CommandRun.Of("estimate", config, "-t", "u280", "--report", folder["r.html"]).Succeeds();
        Assert.InRange(new FileInfo(folder["r.html"]).Length, 20_000, 300_000);
        AssertHarmless(Parse(File.ReadAllText(folder["r.html"])).Descendants());
    }

    [Fact]
    public void Names_that_are_markup_stay_text()
    {
        using WorkFolder folder = new();
        string model = Directory.CreateDirectory(folder["<img src=x onerror=alert(1)>\"&"]).FullName;
        File.Copy(Path.Combine(TestData.Stories, "config.json"), Path.Combine(model, "config.json"));
        CommandRun.Of("estimate", model, "-t", "tiny", "--report", folder["m.html"]).Succeeds();
        XElement page = Parse(File.ReadAllText(folder["m.html"]));
        Assert.Equal($"{Path.GetFileName(model)} on tiny", page.Descendants("h1").Single().Value);
        AssertHarmless(page.Descendants());

        WriteImageWithNames(folder["a.flight"], Hostile + "\u0001");
        CommandRun.Of("estimate", folder["a.flight"], "-t", "tiny", "--report", folder["i.html"]).Succeeds();
        page = Parse(File.ReadAllText(folder["i.html"]));
        Assert.Contains(page.Descendants("td"), e => e.Value.StartsWith(Hostile, StringComparison.Ordinal));
        AssertHarmless(page.Descendants());
    }

    [Theory]
    [InlineData("</td><script>alert(1)</script>")]
    [InlineData("a \0 \u001b[31m \u0085 \ufffe \udc00x \ud83d\ude00 \ud800")]
    [InlineData("\" onload=\"alert(1)")]
    public void Any_text_can_be_written_and_is_read_back(string text)
    {
        HtmlWriter html = new();
        html.Add($"<p title=\"{text}\">{text}</p>");
        XElement element = XElement.Parse(html.ToString());
        Assert.Empty(element.Elements());
        Assert.Equal("title", Assert.Single(element.Attributes()).Name.LocalName);
        Assert.Equal(element.Value, element.Attribute("title")!.Value);
        Assert.Equal(text.Length, element.Value.Length);
        Assert.All(element.Value.Zip(text), pair => Assert.True(pair.First == pair.Second || pair.First == '\uFFFD'));
    }

    [Fact]
    public void Numbers_for_machines_agree_with_the_model_of_the_step()
    {
        using WorkFolder folder = new();
        JsonElement written = CommandRun.Of("estimate", stories.Image, "-t", "tiny", "--report", folder["r.json"], "--step", "decode@100", "--json").Succeeds().Json;
        Assert.Equal(folder["r.json"], written.GetProperty("report").GetString());
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(folder["r.json"]));
        JsonElement report = document.RootElement;
        using OpenedSubject opened = new(stories.Image, "tiny");
        StepTiming timing = opened.Subject.Model.Run(StepCase.Decode(100), Explanation.None);

        Assert.Equal(timing.Cycles, report.GetProperty("step").GetProperty("cycles").GetDouble());
        Assert.Equal(timing.Traffic.Hbm + timing.Traffic.Ddr, report.GetProperty("bytes").EnumerateObject().Sum(p => p.Value.GetInt64()));
        foreach (JsonElement unit in report.GetProperty("units").EnumerateArray())
        {
            UnitTime time = timing.Units[unit.GetProperty("core").GetInt32()][(int)InstructionSet.UnitNamed(unit.GetProperty("unit").GetString()!)!];
            double spread = unit.GetProperty("busy_over_time").EnumerateArray().Sum(b => b.GetDouble()) * timing.Cycles / Timeline.Parts;
            Assert.Equal(time.Busy, spread, (0.001 * timing.Cycles) + 1);
            Assert.Equal(timing.Cycles, time.Busy + unit.GetProperty("stall_cycles").EnumerateObject().Sum(p => p.Value.GetDouble()), 1e-3);
        }

        // Every byte of HBM but the padding of weight streams belongs to an operator, and so does every product.
        long tiles = opened.Subject.Tiles.Work.Cores.Sum(core => core.Sum(p => p.Total.Bytes));
        JsonElement[] operators = [.. report.GetProperty("operators").EnumerateArray()];
        Assert.Equal(
            tiles + timing.Traffic.CacheRead + timing.Traffic.CacheWritten,
            operators.Sum(o => o.GetProperty("hbm_bytes").GetDouble()), 0.5);
        Assert.Equal(timing.Macs.Total, operators.Sum(o => o.GetProperty("macs").GetDouble()), 0.5);
        Assert.Equal(["none", "barrier", "load"], report.GetProperty("cases").EnumerateArray().Select(c => c.GetProperty("explanation").GetString()));
    }

    [Fact]
    public void Every_key_is_documented_and_every_documented_key_is_written()
    {
        using WorkFolder folder = new();
        CommandRun.Of("estimate", stories.Image, "-t", "tiny", "--report", folder["r.json"]).Succeeds();
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(folder["r.json"]));
        string page = File.ReadAllText(Path.Combine(TestData.Repository, "docs", "reports.md"));
        string section = page.Split("\n## ").Single(s => s.StartsWith("3. ", StringComparison.Ordinal));
        IEnumerable<string> documented = section.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .SelectMany(line => Regex.Matches(line.Split('|')[1], "`([^`]+)`").Select(m => m.Groups[1].Value)).Order(StringComparer.Ordinal);
        Assert.Equal(documented, Keys(document.RootElement, "").Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Compile_reports_on_the_image_that_it_made()
    {
        using WorkFolder folder = new();
        CommandRun.Of(
            "compile", TestData.Stories, "-t", "tiny", "-o", folder["a.flight"], "--max-length", "128", "--report", folder["c.json"], "--step", "decode@7").Succeeds();
        CommandRun.Of("estimate", folder["a.flight"], "-t", "tiny", "--report", folder["e.json"], "--step", "decode@7").Succeeds();
        using JsonDocument compiled = JsonDocument.Parse(File.ReadAllText(folder["c.json"]));
        using JsonDocument estimated = JsonDocument.Parse(File.ReadAllText(folder["e.json"]));
        Assert.Equal(estimated.RootElement.GetProperty("step").GetRawText(), compiled.RootElement.GetProperty("step").GetRawText());
        Assert.Contains(
            compiled.RootElement.GetProperty("memory").GetProperty("scratch").EnumerateArray(), a => a.GetProperty("name").GetString() == "decode.residual");
    }

    [Theory]
    [InlineData("estimate {stories} -t tiny --report {folder}/r.txt", ExitCode.Usage, Codes.Usage)]
    [InlineData("estimate {stories} -t tiny --report {folder}/r.html --trace {folder}/r.html", ExitCode.Usage, Codes.Usage)]
    [InlineData("estimate {stories} -t tiny --step decode@3", ExitCode.Usage, Codes.Usage)]
    [InlineData("estimate {image} -t tiny", ExitCode.Usage, Codes.Usage)]
    [InlineData("estimate {image} -t tiny --trace {image}", ExitCode.Usage, Codes.Usage)]
    [InlineData("estimate {folder}/config.json -t tiny --report {folder}/config.json", ExitCode.Usage, Codes.Usage)]
    [InlineData("estimate {folder} -t tiny --trace {folder}/config.json", ExitCode.Usage, Codes.Usage)]
    [InlineData("compile {stories} -t tiny --until emit --report {folder}/r.html", ExitCode.Usage, Codes.Usage)]
    [InlineData("compile {stories} -t tiny -o {folder}/r.html --report {folder}/r.html", ExitCode.Usage, Codes.Usage)]
    [InlineData("estimate {stories} -t tiny --report {folder}/no/r.html", ExitCode.Environment, Codes.CannotWrite)]
    [InlineData("estimate {stories} -t tiny --report {folder}", ExitCode.Environment, Codes.CannotWrite)]
    [InlineData("estimate {stories} -t tiny --trace /dev/null", ExitCode.Environment, Codes.CannotWrite)]
    public void Wishes_that_make_no_sense_are_refused_before_any_work(string line, ExitCode code, string diagnostic)
    {
        using WorkFolder folder = new();
        File.Copy(Path.Combine(TestData.Stories, "config.json"), folder["config.json"]);
        string[] words =
        [
            .. line.Split(' ').Select(w => w.Replace("{stories}", TestData.Stories, StringComparison.Ordinal)
                .Replace("{folder}", folder.Root, StringComparison.Ordinal).Replace("{image}", stories.Image, StringComparison.Ordinal)),
        ];
        CommandRun run = CommandRun.Of(words).FailsWith(code, diagnostic);
        Assert.Empty(run.Output);
        Assert.Equal(["config.json"], folder.Files);
        Assert.Equal(File.ReadAllText(Path.Combine(TestData.Stories, "config.json")), File.ReadAllText(folder["config.json"]));
    }

    private static XElement Parse(string page)
    {
        const string type = "<!DOCTYPE html>\n";
        Assert.StartsWith(type, page, StringComparison.Ordinal);
        return XElement.Parse(page[type.Length..]);
    }

    private static void AssertHarmless(IEnumerable<XElement> elements)
    {
        string[] allowed =
        [
            "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "dl", "dt", "dd", "span", "figure", "figcaption", "svg", "g", "rect",
            "path", "circle", "text", "table", "thead", "tbody", "tr", "th", "td", "div", "i", "details", "summary", "footer",
        ];
        Assert.All(elements, e =>
        {
            Assert.Contains(e.Name.LocalName, allowed);
            Assert.DoesNotContain(e.Attributes(), a => a.Name.LocalName is "src" or "href" || a.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
            Assert.DoesNotContain("url(", e.Name == "style" ? e.Value : e.Attribute("style")?.Value ?? "", StringComparison.Ordinal);
        });
    }

    private void WriteImageWithNames(string path, string name)
    {
        using Image image = Image.Open(stories.Image);
        MachineProgram program = ImageProgram.Read(image);
        foreach (Instruction instruction in program.Entries.SelectMany(e => e.Streams).SelectMany(c => c).SelectMany(s => s).Where(i => i is MultiplyWeights))
        {
            instruction.Provenance = $"{name} {instruction.Provenance}";
        }

        byte[] symbols = ProgramBinary.WriteSymbols(program);
        using ImageWriter writer = ImageWriter.Create(
            path, image.Manifest, [.. image.Manifest.Sections.Select(s => (s.Name, s.Name == SectionNames.Symbols ? symbols.Length : s.Bytes))]);
        foreach (ManifestSection section in image.Manifest.Sections)
        {
            writer.Write(section.Name, section.Name == SectionNames.Symbols ? symbols : image.Section(section.Name).Span.ToArray());
        }

        writer.Commit();
    }

    private static IEnumerable<string> Keys(JsonElement value, string path) => value.ValueKind switch
    {
        // Names of causes and resources are listed in words.
        _ when path is "units[].stall_cycles" or "operators[].cycles" => [path],
        JsonValueKind.Object => value.EnumerateObject().SelectMany(p => Keys(p.Value, path.Length == 0 ? p.Name : $"{path}.{p.Name}")),
        JsonValueKind.Array when value.EnumerateArray().Any(item => item.ValueKind == JsonValueKind.Object) =>
            value.EnumerateArray().SelectMany(item => Keys(item, $"{path}[]")),
        _ => [path],
    };
}
