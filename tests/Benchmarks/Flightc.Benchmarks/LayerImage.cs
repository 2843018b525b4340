using System.Diagnostics;
using System.Text.Json.Nodes;
using Flightc.Tests;

namespace Flightc.Benchmarks;

/// <summary>An image of two layers of TinyLlama's shape with random weights, compiled by flightc into a folder of its own.</summary>
internal sealed class LayerImage : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("flightc-benchmark-").FullName;

    /// <param name="bits">Of every weight.</param>
    /// <param name="group">Weights that share a scale.</param>
    public LayerImage(int bits, int group)
    {
        JsonObject config = JsonNode.Parse(File.ReadAllText(SourceTree.At("samples", "shapes", "tinyllama-1.1b.json")))!.AsObject();
        LayerCut.Apply(config, 2);
        config["vocab_size"] = 1024;
        NumberType type = NumberType.Of("BF16");
        new CheckpointWriter(type, 1).Write(_folder, config, ShardPlan.BySize(FamilyTensors.Of(config), type, ShardPlan.HubSize));
        string recipe = System.IO.Path.Combine(_folder, "benchmark.yaml");
        string format = $"{{bits: {bits}, group: {group}}}";
        File.WriteAllText(
            recipe,
            $"name: benchmark\ndescription: one format everywhere\nweights: {format}\nembedding: {format}\nhead: {format}\nmethod: round_to_nearest\nactivations: int8\nkv_cache: int8\n");
        using Process process = Process.Start(
            SourceTree.At("src", "Cli", "bin", "Release", "net10.0", "flightc"),
            ["compile", _folder, "-t", "u280", "-r", recipe, "--max-length", "512", "-o", Path, "-q"]);
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            Dispose();
            throw new InvalidOperationException($"flightc compile ended with {process.ExitCode}");
        }
    }

    /// <summary>The file.</summary>
    public string Path => System.IO.Path.Combine(_folder, "image.flight");

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
