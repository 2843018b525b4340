using Flightc.Checkpoints;
using Flightc.Cli;
using Flightc.Cli.Images;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;
using Flightc.Passes;
using Flightc.Passes.Compression;
using Flightc.Runtime;

namespace Flightc.Tests.Layers;

public sealed class ImageWeightsTests
{
    [Theory]
    [InlineData("tiny", "w4", 64)]
    [InlineData("u280", "w3.5-8of16", 512)]
    [InlineData("vhk158", "w8", 100)]
    public void Weights_of_an_image_are_those_that_were_packed(string target, string recipe, int length)
    {
        using WorkFolder folder = new();
        AssertUnpacked(TestData.Stories, target, recipe, length, folder["a.flight"]);
    }

    [Theory]
    [InlineData("gpt2")] // biases, learned positions
    [InlineData("opt")]
    [InlineData("gemma3")] // norms of heads, two rotations
    [InlineData("qwen2")]
    public void So_are_those_of_other_families(string family)
    {
        using WorkFolder folder = new();
        string model = Directory.CreateDirectory(folder["model"]).FullName;
        FamilyCheckpoints.All[family]().Write(model, 7);
        AssertUnpacked(model, "tiny", "w8", 48, folder["a.flight"]);
    }

    [Fact]
    public void Biases_of_gate_and_up_are_told_apart_by_blocks()
    {
        using WorkFolder folder = new();
        string model = Directory.CreateDirectory(folder["model"]).FullName;
        FamilyCheckpoints.Llama(hasBias: true).Write(model, 7);
        AssertUnpacked(model, "tiny", "w8", 48, folder["a.flight"]);
    }

    private static void AssertUnpacked(string path, string target, string recipe, int length, string output)
    {
        CommandRun.Of("compile", path, "-t", target, "-r", recipe, "-o", output, "--max-length", $"{length}", "--search-limit", "0").Succeeds();
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(path, new DiagnosticBag());
        ImportedModel model = ModelImporter.Import(checkpoint, hash: false);
        using LoadedImage image = LoadedImage.Open(output, withSymbols: true);
        Graph graph = Compilation.Quantize(model.Graph, image.Image.Manifest.Recipe, length, new PassObserver(), new DiagnosticBag());
        RoundToNearestWeights packed = new(graph, model.Weights);
        ImageWeights unpacked = new(image, graph);

        Assert.Null(unpacked.Masks);
        foreach (Weight weight in graph.Weights)
        {
            if (weight.Format is null)
            {
                // Learned positions beyond the longest sequence are in no image.
                float[] expected = new float[weight.Type.Columns * (weight.Type.Shape.Count == 1 ? 1 : length)];
                float[] found = new float[expected.Length];
                model.Weights.Read(weight.Name, 0, expected);
                unpacked.Read(weight.Name, 0, found);
                Assert.Equal(expected, found);
                continue;
            }

            QuantizedMatrix mine = unpacked.Get(weight.Name), their = packed.Get(weight.Name);
            Assert.True(mine.Codes.AsSpan().SequenceEqual(their.Codes), weight.Name);
            Assert.Equal(their.Multipliers, mine.Multipliers);
            Assert.Equal(their.RowScales, mine.RowScales);
        }
    }

    [Fact]
    public void An_image_without_symbols_or_of_another_model_is_refused()
    {
        using WorkFolder folder = new();
        CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-o", folder["a.flight"], "--max-length", "64", "--search-limit", "0").Succeeds();
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(TestData.Stories, new DiagnosticBag());
        ImportedModel model = ModelImporter.Import(checkpoint, hash: false);
        using LoadedImage bare = LoadedImage.Open(folder["a.flight"]);
        Graph graph = Compilation.Quantize(model.Graph, bare.Image.Manifest.Recipe, 64, new PassObserver(), new DiagnosticBag());
        Assert.Equal(Codes.ProgramInvalid, Assert.Throws<CompilationException>(() => new ImageWeights(bare, graph)).Diagnostics[0].Code);

        using LoadedImage image = LoadedImage.Open(folder["a.flight"], withSymbols: true);
        Graph longer = Compilation.Quantize(model.Graph, bare.Image.Manifest.Recipe, 128, new PassObserver(), new DiagnosticBag());
        Assert.Equal(Codes.ImageMismatch, Assert.Throws<CompilationException>(() => new ImageWeights(image, longer)).Diagnostics[0].Code);
        Graph renamed = GraphText.Parse(GraphText.Print(graph).Replace("mlp.gate", "mlp.gate2", StringComparison.Ordinal), "text");
        Assert.Equal(Codes.ImageMismatch, Assert.Throws<CompilationException>(() => new ImageWeights(image, renamed)).Diagnostics[0].Code);
    }
}
