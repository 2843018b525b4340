using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Models;

/// <summary>From a checkpoint to a Graph.</summary>
public static class ModelImporter
{
    /// <summary>Reads the configuration, binds the tensors and builds the Graph. No weight is converted.</summary>
    /// <param name="checkpoint">Open; stays with the caller.</param>
    /// <param name="hash">Whether to hash the weights, which reads every byte; without, a Graph cannot tell
    /// two checkpoints apart.</param>
    /// <exception cref="CompilationException">Everything that is wrong with configuration and tensors, and
    /// the warnings.</exception>
    public static ImportedModel Import(HuggingFaceCheckpoint checkpoint, bool hash = true)
    {
        DiagnosticBag bag = new();
        ModelConfig? config = ModelConfig.TryRead(checkpoint.ConfigPath, bag);
        bag.ThrowIfErrors();

        // Frequencies above one turn per position have no meaning, and the tables do not go there.
        if (config!.RopeTheta < 1)
        {
            bag.Error(
                Codes.FeatureUnsupported, $"'rope_theta' is {config.RopeTheta}; a number from 1 is wanted",
                checkpoint.ConfigPath);
        }

        TensorRole[] roles = [.. LlamaGraph.Roles(config)];
        Dictionary<string, CheckpointTensor> tensors = checkpoint.HasWeights
            ? TensorBinding.Bind(roles, checkpoint, bag)
            : [];
        bag.ThrowIfErrors();

        IWeights data = checkpoint.HasWeights
            ? new CheckpointWeights(tensors)
            : new ConfigWeights(checkpoint.ConfigPath);
        Weight[] weights = new Weight[roles.Length];
        Parallel.For(
            0, roles.Length,
            i => weights[i] = Describe(roles[i], tensors, hash ? data.HashOf(roles[i].Role) : ""));
        Graph graph = LlamaGraph.Build(config, weights.ToDictionary(w => w.Name));
        GraphVerifier.ThrowIfInvalid(graph);
        return new ImportedModel(graph, data, config, bag.Items);
    }

    private static Weight Describe(TensorRole role, Dictionary<string, CheckpointTensor> tensors, string hash)
    {
        CheckpointTensor? tensor = tensors.GetValueOrDefault(role.Role);

        // Without weights, the type most checkpoints have.
        ElementType element = tensor is null
            ? ElementType.BF16
            : TensorBinding.ElementTypeOf(tensor.ElementType)!.Value;
        TensorType type = new(element, [.. role.Shape.Select(d => new Dim(d))]);
        return new Weight(role.Role, type, hash, Source: tensor?.Name ?? role.Names[0]);
    }
}
