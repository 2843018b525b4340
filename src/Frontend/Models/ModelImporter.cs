using System.Collections.Concurrent;
using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Quantised;
using Flightc.Raising;

namespace Flightc.Models;

/// <summary>From a checkpoint to a Graph.</summary>
public static class ModelImporter
{
    /// <summary>Reads the configuration, binds the tensors and builds the Graph. No weight is converted.</summary>
    /// <param name="checkpoint">Open; stays with the caller.</param>
    /// <param name="hash">Whether to hash the weights, which reads every byte; without, a Graph cannot tell
    /// two checkpoints apart.</param>
    /// <param name="length">The longest sequence that is wanted, in tokens: some models turn by other angles when they have to serve long ones. Null for
    /// all positions of the model.</param>
    /// <exception cref="CompilationException">Everything that is wrong with configuration and tensors, and
    /// the warnings.</exception>
    public static ImportedModel Import(HuggingFaceCheckpoint checkpoint, bool hash = true, int? length = null)
    {
        if (checkpoint.Onnx is { } onnx)
        {
            return OnnxImporter.Import(onnx, hash, length);
        }

        DiagnosticBag bag = new();
        ModelConfig? config = ModelConfig.TryRead(checkpoint.ConfigPath, bag, length);
        bag.ThrowIfErrors();

        IReadOnlyList<TensorRole> roles = DecoderGraph.Roles(config!);
        ITensorCatalog catalog = CatalogOf(checkpoint, bag);
        Dictionary<string, BoundTensor> tensors = checkpoint.HasWeights
            ? TensorBinding.Bind(roles, catalog, config!.Family.IgnoredTensors, bag)
            : [];
        bag.ThrowIfErrors();

        IWeights data = checkpoint.HasWeights ? new SourceWeights(tensors) : new ConfigWeights(checkpoint.ConfigPath);
        Weight[] weights = new Weight[roles.Count];

        // One at a time and the largest first, so that no core waits for another's last one.
        IEnumerable<int> order = Enumerable.Range(0, roles.Count).OrderByDescending(i => roles[i].Shape.Aggregate(1.0, (n, d) => n * d));
        Parallel.ForEach(
            Partitioner.Create(order, EnumerablePartitionerOptions.NoBuffering),
            i => weights[i] = Describe(roles[i], tensors, hash ? data.HashOf(roles[i].Role) : ""));
        Graph graph = DecoderGraph.Build(config!, weights.ToDictionary(w => w.Name));
        GraphVerifier.ThrowIfInvalid(graph);
        return new ImportedModel(graph, data, config!, bag.Items)
        {
            Stored = catalog is QuantisedCatalog quantised ? (quantised.FormatName, quantised.QuantisedCount) : null,
        };
    }

    private static ITensorCatalog CatalogOf(HuggingFaceCheckpoint checkpoint, DiagnosticBag bag)
    {
        CheckpointCatalog plain = new(checkpoint);
        QuantisationSettings? settings = QuantisationReader.TryRead(checkpoint.ConfigPath, bag);
        bag.ThrowIfErrors();
        if (settings is null)
        {
            return plain;
        }

        QuantisedCatalog catalog = new(checkpoint, plain, settings);
        bag.Note(
            Codes.ModelNote,
            $"{catalog.QuantisedCount} matrices are stored as codes of {catalog.FormatName}: they are read as the numbers that these stand for",
            checkpoint.ConfigPath);
        return catalog;
    }

    private static Weight Describe(TensorRole role, Dictionary<string, BoundTensor> tensors, string hash)
    {
        if (tensors.TryGetValue(role.Role, out BoundTensor? tensor))
        {
            return new Weight(role.Role, tensor.Type, hash, Source: tensor.Origin);
        }

        // Without weights, the type most checkpoints have.
        ElementType element = role.Transform.ChangesValues ? ElementType.F32 : ElementType.BF16;
        return new Weight(role.Role, new TensorType(element, [.. role.Shape.Select(d => new Dim(d))]), hash, Source: role.Names[0]);
    }
}
