using Flightc.Checkpoints;
using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Models;

/// <summary>Finds the tensor behind every role of an architecture.</summary>
internal static class TensorBinding
{
    // More of one kind tell a user nothing new.
    private const int MostReported = 50;

    // Buffers that old exports stored; the angles follow from the configuration.
    private const string RotaryBuffer = "rotary_emb.inv_freq";

    /// <summary>
    /// Tensors by role; reports what is missing, has another shape or type (errors) and what is left over
    /// (warnings).
    /// </summary>
    public static Dictionary<string, CheckpointTensor> Bind(
        IEnumerable<TensorRole> roles, HuggingFaceCheckpoint checkpoint, DiagnosticBag bag)
    {
        Dictionary<string, CheckpointTensor> bound = new(StringComparer.Ordinal);
        HashSet<string> used = new(StringComparer.Ordinal);
        List<TensorRole> missing = [];
        foreach (TensorRole role in roles)
        {
            if (Find(role, checkpoint) is not { } tensor)
            {
                missing.Add(role);
                continue;
            }

            used.Add(tensor.Name);
            bound.Add(role.Role, tensor);
            Check(role, tensor, bag);
        }

        foreach (TensorRole role in missing.Take(MostReported))
        {
            bag.Error(
                Codes.TensorMissing,
                $"the tensor '{role.Names[0]}' [{string.Join(',', role.Shape)}] is missing",
                checkpoint.Folder,
                role.Role == "head.weight"
                    ? "where the head is the embedding, config.json says \"tie_word_embeddings\": true"
                    : "");
        }

        if (missing.Count > MostReported)
        {
            bag.Error(
                Codes.TensorMissing, $"{missing.Count - MostReported} more tensors are missing",
                checkpoint.Folder);
        }

        ReportUnknown(
            [.. checkpoint.Tensors.Where(t => !used.Contains(t.Name) && !IsBuffer(t.Name))], checkpoint, bag);
        return bound;
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

    private static CheckpointTensor? Find(TensorRole role, HuggingFaceCheckpoint checkpoint)
    {
        foreach (string name in role.Names)
        {
            if (checkpoint.TryGet(name, out CheckpointTensor tensor))
            {
                return tensor;
            }
        }

        return null;
    }

    private static void Check(TensorRole role, CheckpointTensor tensor, DiagnosticBag bag)
    {
        if (!tensor.Shape.SequenceEqual(role.Shape))
        {
            bag.Error(
                Codes.TensorShapeMismatch,
                $"the tensor '{tensor.Name}' has the shape [{string.Join(',', tensor.Shape)}]; "
                    + $"[{string.Join(',', role.Shape)}] is wanted, from config.json",
                tensor.FilePath,
                "config.json and the weights are of different models, or versions");
        }

        if (ElementTypeOf(tensor.ElementType) is null)
        {
            bag.Error(
                Codes.TensorTypeUnsupported,
                $"the tensor '{tensor.Name}' is stored as {tensor.ElementType.Name()}; F32, F16, BF16 or F64 is wanted",
                tensor.FilePath,
                "export the checkpoint in one of these types; quantised weights cannot be read");
        }
    }

    private static bool IsBuffer(string name) => name.EndsWith(RotaryBuffer, StringComparison.Ordinal);

    private static void ReportUnknown(
        IReadOnlyList<CheckpointTensor> unknown, HuggingFaceCheckpoint checkpoint, DiagnosticBag bag)
    {
        foreach (CheckpointTensor tensor in unknown.Take(MostReported))
        {
            bag.Warning(
                Codes.TensorUnknown,
                $"the tensor '{Excerpt.Of(tensor.Name)}' has no place in the model and is not used",
                tensor.FilePath);
        }

        if (unknown.Count > MostReported)
        {
            bag.Warning(
                Codes.TensorUnknown, $"{unknown.Count - MostReported} more tensors are not used",
                checkpoint.Folder);
        }
    }
}
