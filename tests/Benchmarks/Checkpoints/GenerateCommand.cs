using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Flightc.Tests;

namespace Flightc.Benchmarks.Checkpoints;

/// <summary>Writes a seeded random checkpoint of the shape that a config.json describes.</summary>
internal sealed class GenerateCommand : RootCommand
{
    private readonly Argument<FileInfo> _config = new("CONFIG") { Description = "a config.json of any family that flightc reads, such as samples/shapes/llama2-7b.json" };

    private readonly Argument<DirectoryInfo> _folder = new("FOLDER") { Description = "where the checkpoint goes; made where it is not there" };

    private readonly Option<string?> _type = new("--type") { Description = "bf16, f16, f32 or f64; what the configuration says where it is left out" };

    private readonly Option<int?> _layers = new("--layers") { Description = "layers, in place of the configuration's" };

    private readonly Option<ulong> _seed = new("--seed") { Description = "what the numbers follow from", DefaultValueFactory = _ => 1 };

    private readonly Option<string> _shardSize = new("--shard-size")
    {
        Description = "bytes that a file has at most, with kB, MB or GB", DefaultValueFactory = _ => "5GB",
    };

    public GenerateCommand()
        : base("Writes a seeded random checkpoint in the hub's layout. The same configuration, type, seed and name of a tensor give the same numbers, whatever the files and the number of cores.")
    {
        Arguments.Add(_config);
        Arguments.Add(_folder);
        Options.Add(_type);
        Options.Add(_layers);
        Options.Add(_seed);
        Options.Add(_shardSize);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        try
        {
            Write(parsed);
            return 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or JsonException or InvalidOperationException)
        {
            Console.Error.WriteLine($"error: {error.Message}");
            return 2;
        }
    }

    private void Write(ParseResult parsed)
    {
        JsonObject config = JsonNode.Parse(File.ReadAllText(parsed.GetRequiredValue(_config).FullName))?.AsObject() ?? throw new JsonException("the configuration is null");
        if (parsed.GetValue(_layers) is int layers)
        {
            LayerCut.Apply(config, layers);
        }

        NumberType type = parsed.GetValue(_type) is string name ? NumberType.Of(name) : NumberType.OfTorch((config["torch_dtype"] ?? config["dtype"])?.GetValue<string>());
        config["torch_dtype"] = type.TorchName;
        config.Remove("dtype");
        IReadOnlyList<RandomTensor> tensors = FamilyTensors.Of(config);
        ShardPlan plan = ShardPlan.BySize(tensors, type, ShardSize.Parse(parsed.GetRequiredValue(_shardSize)));
        string folder = parsed.GetRequiredValue(_folder).FullName;
        Directory.CreateDirectory(folder);
        new CheckpointWriter(type, parsed.GetValue(_seed)).Write(folder, config, plan);
        long bytes = tensors.Sum(tensor => tensor.Count) * type.Size;
        Console.WriteLine($"{folder}: {tensors.Count} tensors of {type.Name}, {bytes:N0} bytes in {plan.Shards.Count} file{(plan.Shards.Count == 1 ? "" : "s")}");
    }
}
