using System.Text.Json;
using Flightc.Cli.Explaining;
using Flightc.Cli.Reports;
using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.Packing;

namespace Flightc.Tests;

public sealed class ExplainCommandTests(CompiledStories stories) : IClassFixture<CompiledStories>
{
    [Fact]
    public void A_weight_is_explained_from_the_image_alone()
    {
        using Image image = Image.Open(stories.Image);
        ManifestWeight weight = image.Manifest.Weights.Single(w => w.Role == "layers.1.mlp.down.weight");
        JsonElement document = CommandRun.Of("explain", stories.Image, "layers.1.mlp.down", "--json").Succeeds().Json;
        JsonElement facts = document.GetProperty("weight");
        Assert.Equal("model.layers.1.mlp.down_proj.weight", facts.GetProperty("source").GetString());
        Assert.Equal(weight.Sha256, facts.GetProperty("sha256").GetString());
        Assert.Equal(weight.Format, facts.GetProperty("format").GetString());
        Assert.Equal(weight.Shape, facts.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64()));
        Assert.Equal("layers.1.mlp.residual", Assert.Single(facts.GetProperty("fused_with").EnumerateArray()).GetString());
        Assert.Equal(1, facts.GetProperty("density").GetDouble());
        Assert.Equal(weight.Shape[0], document.GetProperty("rows").EnumerateArray().Sum(r => r.GetProperty("count").GetInt64()));
        Assert.Equal(5, document.GetProperty("streams").GetArrayLength());
        string[] instructions = [.. document.GetProperty("instructions").EnumerateArray().Select(i => i.GetProperty("text").GetString()!)];
        Assert.Contains(instructions, i => i.StartsWith("mv.linear ", StringComparison.Ordinal) && i.EndsWith("layers.1.mlp.down", StringComparison.Ordinal));
        Assert.Contains(instructions, i => i.StartsWith("mm.linear ", StringComparison.Ordinal));
        JsonElement[] steps = [.. document.GetProperty("steps").EnumerateArray()];
        Assert.Equal(2, steps.Length);
        Assert.All(steps, s => Assert.InRange(s.GetProperty("end_cycle").GetDouble(), s.GetProperty("start_cycle").GetDouble(), s.GetProperty("step_cycles").GetDouble()));
        Assert.All(steps, s => Assert.Contains(s.GetProperty("bound_by").GetString(), ResourceUse.Names));
        Assert.Contains(document.GetProperty("places").EnumerateArray(), p => p.GetProperty("memory").GetString() == "scratch");
    }

    [Theory]
    [InlineData("layers.2.attn.k.weight")]
    [InlineData("model.layers.2.self_attn.k_proj.weight")]
    public void Every_name_of_a_weight_means_the_same(string name) =>
        Assert.Equal(
            CommandRun.Of("explain", stories.Image, "layers.2.attn.k").Succeeds().Output,
            CommandRun.Of("explain", stories.Image, name).Succeeds().Output);

    [Fact]
    public void Weights_that_share_a_product_say_so_and_share_its_bytes()
    {
        JsonElement key = CommandRun.Of("explain", stories.Image, "layers.0.attn.k", "--json").Succeeds().Json;
        Assert.Equal(
            ["layers.0.attn.q", "layers.0.attn.v"],
            key.GetProperty("weight").GetProperty("fused_with").EnumerateArray().Select(f => f.GetString()).Order());

        using OpenedSubject opened = new(stories.Image, "tiny");
        double share = 0;
        Isa.EntryPoint entry = opened.Subject.Program.Decode;
        foreach (SubjectWeight weight in opened.Subject.Weights.Where(w => w.Role.StartsWith("layers.0.attn.", StringComparison.Ordinal) && w.Shape.Count == 2))
        {
            ProductUse[] uses = [.. ProductUse.Of(entry).Where(u => u.Core == 0 && u.Number == 0 && u.Uses(weight, isTied: false))];
            share += uses.Length == 0 ? 0 : WeightFacts.Of(opened.Subject, weight, uses).ShareOf(0, 0);
        }

        // All of it but end tiles.
        Assert.InRange(share, 0.999, 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_byte_of_the_weight_streams_belongs_to_one_weight(bool isImage)
    {
        using OpenedSubject opened = new(isImage ? stories.Image : TestData.Stories, "tiny", maxLength: isImage ? null : 128);
        Subject subject = opened.Subject;
        IReadOnlyList<ProductUse> products = ProductUse.Of(subject.Program.Decode);
        bool isTied = subject.Weights.All(w => w.Role != "head.weight");
        long explained = 0;
        foreach (SubjectWeight weight in subject.Weights)
        {
            ProductUse[] uses = [.. products.Where(u => u.Uses(weight, isTied))];
            WeightFacts facts = WeightFacts.Of(subject, weight, uses);
            Assert.Equal(uses.Length == 0 ? 0 : weight.Shape[0], facts.Rows.Sum(r => r.Count));
            explained += facts.Bytes;
        }

        long all = subject.Tiles.Work.Cores.Sum(core => core.Sum(p => p.Total.Bytes));
        long ends = products.Sum(u => subject.Tiles.Tiles(u.Core, new HashSet<int> { u.Number }).Count(t => t.Header.Kind == TileKind.End)) * TileHeader.HeaderBytes;
        Assert.Equal(all, explained + ends);
    }

    [Fact]
    public void Everything_in_the_program_can_be_explained()
    {
        using OpenedSubject opened = new(stories.Image, "tiny");
        NameIndex names = new(opened.Subject);
        IEnumerable<string> firstLayer = names.Operators.Where(n => !n.StartsWith("layers.", StringComparison.Ordinal) || n.StartsWith("layers.0.", StringComparison.Ordinal));
        foreach (string name in firstLayer.Append("layers.0").Append("layers.0.attn").Append("embed.weight").Append("norm.weight"))
        {
            Explained explained = Explained.Of(opened.Subject, name, CancellationToken.None);
            Assert.True(explained.Instructions.Count > 0, $"no instruction is for {name}");
            Assert.NotEmpty(explained.Steps);
            Assert.NotEmpty(explained.Members);
        }
    }

    [Fact]
    public void A_model_is_explained_without_an_image_and_in_the_same_way()
    {
        JsonElement image = CommandRun.Of("explain", stories.Image, "layers.3.mlp.gate", "--json").Succeeds().Json;
        JsonElement model = CommandRun.Of("explain", TestData.Stories, "layers.3.mlp.gate", "-t", "tiny", "--max-length", "128", "--json").Succeeds().Json;
        Assert.Equal(image.GetRawText(), model.GetRawText());
        JsonElement bare = CommandRun.Of("explain", Path.Combine(TestData.Stories, "config.json"), "layers.3.mlp.gate", "-t", "tiny", "--json").Succeeds().Json;
        Assert.Equal(JsonValueKind.Null, bare.GetProperty("weight").GetProperty("sha256").ValueKind);
    }

    [Fact]
    public void A_group_lists_what_is_in_it()
    {
        JsonElement document = CommandRun.Of("explain", stories.Image, "layers.3.attn", "--json").Succeeds().Json;
        string[] members = [.. document.GetProperty("members").EnumerateArray().Select(m => m.GetString()!)];
        Assert.Contains("layers.3.attn.q.weight", members);
        Assert.All(members, m => Assert.StartsWith("layers.3.attn.", m, StringComparison.Ordinal));
        Assert.Contains(document.GetProperty("instructions").EnumerateArray(), i => i.GetProperty("text").GetString()!.StartsWith("mv.score", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("layers.3.mlp.dwon", "did you mean 'layers.3.mlp.down'?")]
    [InlineData("layers.99", "")]
    [InlineData("zzzzzz", "")]
    public void A_name_that_there_is_not_is_met_with_a_suggestion(string name, string suggestion)
    {
        CommandRun run = CommandRun.Of("explain", stories.Image, name).FailsWith(ExitCode.Usage, Codes.Usage);
        Assert.Contains(suggestion, run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public void Every_code_is_explained_as_its_page_has_it()
    {
        foreach (CodeEntry entry in CodeDocument.Entries)
        {
            JsonElement document = CommandRun.Of("explain", entry.Code, "--json").Succeeds().Json;
            Assert.Equal(entry.Meaning, document.GetProperty("meaning").GetString());
            Assert.Equal(entry.EndsCommands ? $"{(int)Codes.ExitCodeOf(entry.Code)}" : "", document.GetProperty("exit_code").ToString());
            string text = CommandRun.Of("explain", entry.Code.ToLowerInvariant()).Succeeds().Output;
            Assert.StartsWith(entry.Code, text, StringComparison.Ordinal);
            Assert.DoesNotContain("](", text, StringComparison.Ordinal);
        }

        CommandRun.Of("explain", "FLC1099").FailsWith(ExitCode.Usage, Codes.Usage);
    }

    /// <summary>The hashes are right in all of them; what the bytes mean is anybody's guess.</summary>
    [Fact]
    public void Programs_with_random_bytes_are_refused_or_explained_and_are_never_a_bug()
    {
        using WorkFolder folder = new();
        Random random = new(31);
        for (int i = 0; i < 30; i++)
        {
            WriteWithChangedProgram(folder["a.flight"], bytes => bytes[random.Next(i % 2 == 0 ? 300 : bytes.Length)] = (byte)random.Next(256));
            foreach (string[] words in (string[][])[["explain", folder["a.flight"], "layers.0"], ["estimate", folder["a.flight"], "-t", "tiny", "--trace", folder["t.json"]]])
            {
                CommandRun run = CommandRun.Of(words);
                Assert.True(run.Code is ExitCode.Success or ExitCode.VerificationFailed, $"{words[0]} after change {i}: {run.Code} {run.Error}");
            }
        }
    }

    [Theory]
    [InlineData("explain")]
    [InlineData("explain {image}")]
    [InlineData("explain {image} layers.0 -r w8")]
    [InlineData("explain {image} layers.0 --max-length 9")]
    public void Wrong_use_is_met_with_a_way_out(string line) =>
        Assert.Contains(
            "help: ",
            CommandRun.Of([.. line.Split(' ').Select(w => w.Replace("{image}", stories.Image, StringComparison.Ordinal))]).FailsWith(ExitCode.Usage, Codes.Usage).Error,
            StringComparison.Ordinal);

    private void WriteWithChangedProgram(string path, Action<byte[]> change)
    {
        using Image image = Image.Open(stories.Image);
        using ImageWriter writer = ImageWriter.Create(path, image.Manifest, [.. image.Manifest.Sections.Select(s => (s.Name, s.Bytes))]);
        foreach (ManifestSection section in image.Manifest.Sections)
        {
            byte[] bytes = image.Section(section.Name).Span.ToArray();
            if (section.Name == SectionNames.Program)
            {
                change(bytes);
            }

            writer.Write(section.Name, bytes);
        }

        writer.Commit();
    }
}
