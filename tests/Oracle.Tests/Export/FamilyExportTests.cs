using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;

namespace Flightc.Tests.Families;

/// <summary>Every family, from a checkpoint through the importer, exported and executed by ONNX Runtime.</summary>
public sealed class FamilyExportTests
{
    // Far below what a wrong operator does, and above what other orders of summation do.
    private const double Tolerance = 2e-5;

    private static readonly Dictionary<string, Func<FamilyCheckpoint>> Checkpoints = new()
    {
        ["llama"] = () => FamilyCheckpoints.Llama(),
        ["mistral"] = FamilyCheckpoints.Mistral,
        ["qwen2"] = FamilyCheckpoints.Qwen2,
        ["qwen3"] = FamilyCheckpoints.Qwen3,
        ["phi3"] = FamilyCheckpoints.Phi3,
        ["gemma"] = FamilyCheckpoints.Gemma,
        ["gemma2"] = FamilyCheckpoints.Gemma2,
        ["gemma3"] = FamilyCheckpoints.Gemma3,
        ["opt"] = FamilyCheckpoints.Opt,
        ["gpt2"] = FamilyCheckpoints.Gpt2,
        ["starcoder2"] = FamilyCheckpoints.Starcoder2,
        ["smollm3"] = FamilyCheckpoints.SmolLm3,
        ["granite"] = FamilyCheckpoints.Granite,
    };

    public static TheoryData<string> Families => [.. Checkpoints.Keys];

    [Theory]
    [MemberData(nameof(Families))]
    public void A_family_has_the_logits_of_the_float_executor(string family) =>
        Assert.InRange(With(family, graph => graph.Difference()), 0, Tolerance);

    [Theory]
    [MemberData(nameof(Families))]
    public void A_quantised_family_has_the_logits_of_the_judge_to_the_last_bit(string family) =>
        Assert.Equal(0, With(family, graph => graph.QuantizedDifference(new QuantizedFormat(4, 32))));

    private static double With(string family, Func<ExportedGraph, double> measure)
    {
        using TemporaryFolder folder = new();
        Checkpoints[family]().Write(folder.Root, seed: 11);
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(folder.Root, new DiagnosticBag());
        ImportedModel model = ModelImporter.Import(checkpoint, hash: false);
        return measure(new ExportedGraph(model.Graph, _ => model.Weights));
    }
}
