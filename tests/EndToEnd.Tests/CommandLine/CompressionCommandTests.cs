using Flightc.Container;
using Flightc.Diagnostics;

namespace Flightc.Tests;

public sealed class CompressionCommandTests(CalibratedStories stories) : IClassFixture<CalibratedStories>
{
    // Dense and sparse weights, patterns, and a tied matrix; the larger part of the model rounds to 8 bits in no time.
    private const string Mixed =
        """
        name: mixed
        description: for tests
        weights: {bits: 3, group: 128, sparsity: 8:16}
        embedding: {bits: 8, group: 64}
        head: {bits: 5, group: 64}
        overrides:
          - {match: "*.attn.v.weight", bits: 4, group: 32}
          - {match: "*.attn.o.weight", bits: 3, group: 64, sparsity: "2:4"}
          - {match: "*.attn.k.weight", bits: 4, group: 64, sparsity: "16.8.8.4:16"}
        method: second_order
        activations: int8
        kv_cache: int8

        """;

    [Fact]
    public void Images_of_second_order_do_not_depend_on_threads()
    {
        using WorkFolder folder = new();
        string recipe = folder.Write("mixed.yaml", Mixed);
        byte[][] images = [.. new[] { "1", "4" }.Select(threads =>
        {
            string image = folder[$"{threads}.flight"];
            CommandRun run = Compile(image, "-r", recipe, "--calibration", stories.Statistics, "-j", threads).Succeeds();
            Assert.DoesNotContain("warning", run.Error, StringComparison.Ordinal);
            return File.ReadAllBytes(image);
        })];

        Assert.All(images, image => Assert.True(image.AsSpan().SequenceEqual(images[0])));
        CommandRun.Of("verify", folder["4.flight"]).Succeeds();
    }

    [Fact]
    public void Without_calibration_weights_are_rounded_to_the_nearest_with_a_warning()
    {
        using WorkFolder folder = new();
        string recipe = folder.Write("mixed.yaml", Mixed), rounded = folder.Write("rounded.yaml", Mixed
            .Replace("name: mixed", "name: rounded", StringComparison.Ordinal).Replace("second_order", "round_to_nearest", StringComparison.Ordinal));
        CommandRun run = Compile(folder["a.flight"], "-r", recipe).Succeeds();
        CommandRun quiet = Compile(folder["b.flight"], "-r", rounded).Succeeds();

        Assert.Contains(
            $"warning {Codes.SettingsValue}: without calibration the recipe 'mixed' rounds to the nearest", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("warning", quiet.Error, StringComparison.Ordinal);
        Assert.Equal(BanksOf(folder["b.flight"]), BanksOf(folder["a.flight"]));
    }

    [Theory]
    [InlineData("second_order")]
    [InlineData("round_to_nearest")]
    public void A_recipe_that_requires_calibration_is_refused_without_and_leaves_no_image(string method)
    {
        using WorkFolder folder = new();
        string recipe = folder.Write("strict.yaml", Mixed.Replace("name: mixed", "name: strict", StringComparison.Ordinal)
            .Replace("method: second_order", $"method: {method}\ncalibration: required", StringComparison.Ordinal));

        CommandRun run = Compile(folder["a.flight"], "-r", recipe).FailsWith(ExitCode.Usage, Codes.Usage);

        Assert.Contains("the recipe 'strict' wants calibration", run.Error, StringComparison.Ordinal);
        Assert.Equal(["strict.yaml"], folder.Files);
    }

    [Fact]
    public void A_calibration_that_is_not_there_is_refused_and_leaves_no_image()
    {
        using WorkFolder folder = new();
        Compile(folder["a.flight"], "-r", "w4", "--calibration", folder["none.jsonl"]).FailsWith(ExitCode.Usage, Codes.FileNotReadable);
        Compile(folder["a.flight"], "-r", "w4", "--calibration", folder["none.safetensors"]).FailsWith(ExitCode.Usage, Codes.FileNotReadable);

        Assert.Empty(folder.Files);
    }

    [Fact]
    public void What_calibration_knows_little_about_is_noted_once()
    {
        using WorkFolder folder = new();
        string statistics = folder["short.stats"];
        CommandRun.Of("calibrate", TestData.Stories, "--text", folder.Write("t.jsonl", "{\"ids\": [1, 5, 9, 7, 300, 20]}"), "-o", statistics).Succeeds();

        // Only what is pruned asks calibration.
        string recipe = folder.Write(
            "few.yaml",
            """
            name: few
            description: for tests
            weights: {bits: 8, group: 128}
            embedding: {bits: 8, group: 64}
            head: {bits: 8, group: 64}
            overrides:
              - {match: "layers.0.attn.*", bits: 4, group: 128, sparsity: 8:16}
              - {match: "layers.0.attn.o.weight", bits: 4, group: 128}
            method: round_to_nearest
            pruning: sparsegpt
            activations: int8
            kv_cache: int8

            """);
        CommandRun run = Compile(folder["a.flight"], "-r", recipe, "--calibration", statistics).Succeeds();

        Assert.Equal(
            [
                $"layers.0.attn.q.weight: note {Codes.CalibrationNote}: the input moment is singular: 6 tokens of calibration are fewer than 256 features; "
                    + "it was damped by 0.02 of its mean; the same holds for 2 more weights",
            ],
            run.Error.Split('\n').Where(line => line.Contains("note ", StringComparison.Ordinal)).Select(line => line.TrimEnd()));
    }

    private static CommandRun Compile(string output, params string[] more) =>
        CommandRun.Of(["compile", TestData.Stories, "-t", "tiny", "-o", output, "--max-length", "128", .. more]);

    private static IEnumerable<string> BanksOf(string path)
    {
        using Image image = Image.Open(path);
        return [.. image.Manifest.Sections.Where(s => s.Name != SectionNames.Program).Select(s => $"{s.Name} {s.Sha256}")];
    }
}
