using System.Text.Json.Nodes;

namespace Flightc.Tests;

/// <summary>A seeded random checkpoint in the hub's layout: a configuration, and the tensors that <see cref="FamilyTensors"/> gives it.</summary>
/// <remarks><see cref="FamilyCheckpoints"/> has a small one for every family.</remarks>
internal sealed class FamilyCheckpoint
{
    // The tensors are those of the configuration as it was given: what a test changes behind it does not touch them.
    private readonly IReadOnlyList<RandomTensor> _tensors;

    /// <param name="config">What config.json says.</param>
    public FamilyCheckpoint(string config)
    {
        Config = JsonNode.Parse(config)!.AsObject();
        _tensors = FamilyTensors.Of(Config);
    }

    /// <summary>What config.json says; tests may change it before writing.</summary>
    public JsonObject Config { get; }

    /// <summary>How numbers are stored: F32, F16, BF16 or F64.</summary>
    public string Type { get; init; } = "F32";

    /// <summary>How many files the tensors are dealt out to.</summary>
    public int Shards { get; init; } = 1;

    /// <summary>Changes keys of the configuration, null included; for use behind the constructor.</summary>
    public FamilyCheckpoint With(string keys)
    {
        foreach ((string key, JsonNode? value) in JsonNode.Parse(keys)!.AsObject())
        {
            Config[key] = value?.DeepClone();
        }

        return this;
    }

    /// <summary>Writes it into a folder.</summary>
    /// <param name="folder">An existing one.</param>
    /// <param name="seed">What the numbers follow from.</param>
    public void Write(string folder, ulong seed) =>
        new CheckpointWriter(NumberType.Of(Type), seed).Write(folder, Config, ShardPlan.Dealt(_tensors, Shards));
}
