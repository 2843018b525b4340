using Flightc.Checkpoints;
using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Models;

/// <summary>The tensors of a checkpoint as they are stored.</summary>
/// <param name="checkpoint">Open; stays with the caller.</param>
internal sealed class CheckpointCatalog(HuggingFaceCheckpoint checkpoint) : ITensorCatalog
{
    /// <inheritdoc/>
    public string Location => checkpoint.Folder;

    /// <inheritdoc/>
    public IReadOnlyList<string> Names { get; } = [.. checkpoint.Tensors.Select(t => t.Name)];

    /// <inheritdoc/>
    public ITensorSource? Find(string name, DiagnosticBag bag)
    {
        if (!checkpoint.TryGet(name, out CheckpointTensor tensor))
        {
            return null;
        }

        if (ElementTypeOf(tensor.ElementType) is { } element)
        {
            return new StoredTensor(tensor, element);
        }

        bag.Error(
            Codes.TensorTypeUnsupported,
            $"the tensor '{Excerpt.Of(tensor.Name)}' is stored as {tensor.ElementType.Name()}; F32, F16, BF16 or F64 is wanted",
            tensor.FilePath,
            "export the checkpoint in one of these types; quantised weights cannot be read");
        return null;
    }

    /// <summary>The Graph's name of a stored type; null for types that weights cannot have.</summary>
    public static ElementType? ElementTypeOf(StoredType type) => type switch
    {
        StoredType.F16 => ElementType.F16,
        StoredType.BF16 => ElementType.BF16,
        StoredType.F32 => ElementType.F32,
        StoredType.F64 => ElementType.F64,
        _ => null,
    };
}
