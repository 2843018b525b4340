using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.Export;
using Flightc.IR;
using Flightc.Models;
using Flightc.Numerics;
using Flightc.Onnx;
using Flightc.Onnx.Reading;
using Flightc.Oracle;
using Flightc.Tests.Families;
using Google.Protobuf;

namespace Flightc.Tests;

/// <summary>
/// Every family's published definition, composed of elementary ONNX operators for a fixed number of tokens: raised, it is the Graph of its safetensors.
/// </summary>
public sealed class FamilyRaisingTests
{
    private const double Tolerance = 1e-4;

    // Beyond every window.
    private const int Tokens = 40;

    private static readonly int[] Ids = [.. Enumerable.Range(0, Tokens).Select(i => ((i * 29) + (i * i % 17)) % 61)];

    [Theory]
    [InlineData("llama")]
    [InlineData("llama with biases")]
    [InlineData("mistral")]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    [InlineData("phi3")]
    [InlineData("gemma")]
    [InlineData("gemma2")]
    [InlineData("gemma3")]
    [InlineData("opt")]
    [InlineData("gpt2")]
    [InlineData("starcoder2")]
    [InlineData("smollm3")]
    public void A_family_raised_is_the_graph_of_its_safetensors(string family)
    {
        using TemporaryFolder folder = new();
        (FamilyCheckpoint checkpoint, Func<string, int, byte[]> compose) = Of(family);
        checkpoint.Write(folder.Root, seed: 11);
        byte[] bytes = compose(folder.Root, Tokens);
        using HuggingFaceCheckpoint opened = HuggingFaceCheckpoint.Open(folder.Root, new DiagnosticBag());
        ImportedModel wanted = ModelImporter.Import(opened, hash: false, Tokens);

        DiagnosticBag bag = new();
        using OnnxModel? model = OnnxReader.Read(bytes, "published", bag);
        bag.ThrowIfErrors();
        ImportedModel raised = RaisedModels.Import(model!);

        Assert.Equal(Comparable(wanted.Graph), Comparable(raised.Graph));
        float[] expected = OracleTensor.Floats(TestOracle.Run(bytes, ("ids", OracleTensor.Of(Array.ConvertAll(Ids, id => (long)id), Tokens)))["logits"]);
        Assert.InRange(TestOracle.Difference(RaisedModels.Logits(raised, Ids), expected), 0, Tolerance);
    }

    [Theory]
    [InlineData("llama with biases", true)]
    [InlineData("mistral", false)]
    [InlineData("qwen2", true)]
    [InlineData("qwen3", false)]
    [InlineData("phi3", true)]
    [InlineData("gemma2", true)]
    [InlineData("gemma3", false)]
    [InlineData("opt", true)]
    [InlineData("gpt2", false)]
    public void An_export_raised_is_the_graph_that_was_exported(string family, bool hasPast)
    {
        using TemporaryFolder folder = new();
        Of(family).Checkpoint.Write(folder.Root, seed: 11);
        using HuggingFaceCheckpoint opened = HuggingFaceCheckpoint.Open(folder.Root, new DiagnosticBag());
        ImportedModel wanted = ModelImporter.Import(opened, hash: false);
        byte[] bytes = ExportFile.ToMessage(GraphExport.Build(wanted.Graph, wanted.Weights, null, new ExportOptions(HasPast: hasPast))).ToByteArray();

        DiagnosticBag bag = new();
        using OnnxModel? model = OnnxReader.Read(bytes, "exported", bag);
        bag.ThrowIfErrors();
        ImportedModel raised = RaisedModels.Import(model!, length: wanted.Graph.ContextLength);

        Assert.Equal(Comparable(wanted.Graph), Comparable(raised.Graph));
        Assert.Equal(wanted.Graph.ContextLength, raised.Graph.ContextLength);
    }

    [Theory]
    [InlineData(false, 2000, true)]
    [InlineData(false, 1000, false)]
    [InlineData(true, 2000, false)]
    public void Lengths_at_which_no_window_would_show_are_noted(bool hasPast, int length, bool isNoted)
    {
        using TemporaryFolder folder = new();
        FamilyCheckpoints.Llama().With("""{"max_position_embeddings": 4096}""").Write(folder.Root, seed: 11);
        using HuggingFaceCheckpoint opened = HuggingFaceCheckpoint.Open(folder.Root, new DiagnosticBag());
        ImportedModel wanted = ModelImporter.Import(opened, hash: false);
        byte[] bytes = ExportFile.ToMessage(GraphExport.Build(wanted.Graph, wanted.Weights, null, new ExportOptions(HasPast: hasPast))).ToByteArray();

        DiagnosticBag bag = new();
        using OnnxModel? model = OnnxReader.Read(bytes, "exported", bag);
        bag.ThrowIfErrors();
        ImportedModel raised = RaisedModels.Import(model!, length: length);

        Assert.Equal(isNoted, raised.Diagnostics.Any(n => n.Message.Contains("wider does not show", StringComparison.Ordinal)));
    }

    // What a composition of one length in binary32 can say: no context, no hashes, no element types; frequencies with some digits.
    private static string Comparable(Graph graph)
    {
        Weight[] weights = [.. graph.Weights.Select(w => new Weight(w.Name, new TensorType(ElementType.F32, w.Type.Shape)))];
        Node[] nodes = [.. graph.Nodes.Select(n => n.Op is RotaryEmbedding op ? n with { Op = op with { Angles = Rounded(op.Angles) } } : n)];
        nodes = [.. nodes.Select(n => n.Op is Attention op ? n with { Op = op with { Window = op.Window < Tokens ? op.Window : 0 } } : n)];
        return GraphText.Print(new Graph("model", 1, graph.Inputs, weights, nodes, graph.Outputs));
    }

    // The base and its divisors are told apart by their product alone.
    private static RotaryAngles Rounded(RotaryAngles angles) => new(
        1, angles.Dim,
        [.. Enumerable.Range(0, angles.Dim / 2).Select(i =>
            Math.Round((Math.Log(angles.Theta) * 2 * i / angles.Dim) + (angles.Divisors.Count > 0 ? Math.Log(angles.Divisors[i]) : 0), 4) + 1)],
        Math.Round(angles.Magnitude, 4));

    private static (FamilyCheckpoint Checkpoint, Func<string, int, byte[]> Compose) Of(string family) => family switch
    {
        "llama" => (FamilyCheckpoints.Llama(), PublishedLlama.Compose),
        "llama with biases" => (FamilyCheckpoints.Llama(hasBias: true), PublishedLlama.Compose),
        "mistral" => (FamilyCheckpoints.Mistral(), PublishedMistral.Compose),
        "qwen2" => (FamilyCheckpoints.Qwen2(), PublishedQwen2.Compose),
        "qwen3" => (FamilyCheckpoints.Qwen3(), PublishedQwen3.Compose),
        "phi3" => (FamilyCheckpoints.Phi3(), (folder, tokens) => PublishedPhi3.Compose(folder, tokens, isLong: true)),
        "gemma" => (FamilyCheckpoints.Gemma(), PublishedGemma.Compose),
        "gemma2" => (FamilyCheckpoints.Gemma2(), PublishedGemma2.Compose),
        "gemma3" => (FamilyCheckpoints.Gemma3Text(), PublishedGemma3.ComposeText),
        "opt" => (FamilyCheckpoints.Opt(), PublishedOpt.Compose),
        "gpt2" => (FamilyCheckpoints.Gpt2(), (folder, tokens) => PublishedGpt2.Compose(folder, tokens)),
        "starcoder2" => (FamilyCheckpoints.Starcoder2(), PublishedStarcoder2.Compose),
        _ => (FamilyCheckpoints.SmolLm3(), PublishedSmolLm3.Compose),
    };
}
