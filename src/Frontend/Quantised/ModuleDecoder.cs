using Flightc.Checkpoints;
using Flightc.Container;
using Flightc.Diagnostics;

namespace Flightc.Quantised;

/// <summary>Finds the tensors of a quantised module, checks that they belong together, and decodes them.</summary>
/// <param name="checkpoint">Open.</param>
/// <param name="settings">Its format.</param>
internal sealed class ModuleDecoder(HuggingFaceCheckpoint checkpoint, QuantisationSettings settings)
{
    private static readonly string[] PackedParts = ["qweight", "qzeros", "scales", "g_idx"];
    private static readonly string[] CompressedParts =
        ["weight", "weight_packed", "weight_scale", "weight_zero_point", "weight_g_idx", "weight_shape", "compressed", "bitmask", "shape", "row_offsets"];

    private static readonly string[] Float8Parts = ["weight", "weight_scale_inv", "weight_scale"];

    /// <summary>The module whose codes a tensor holds, or null where it holds none.</summary>
    public string? ModuleOf(CheckpointTensor tensor) => settings.Method switch
    {
        QuantisationMethod.Gptq or QuantisationMethod.Awq => Without(tensor.Name, ".qweight"),
        QuantisationMethod.CompressedTensors => Without(tensor.Name, ".weight_packed") ?? Without(tensor.Name, ".compressed")
            ?? (Without(tensor.Name, ".weight") is { } module && Find(module, "weight_scale") is not null ? module : null),
        QuantisationMethod.Float8 => Without(tensor.Name, ".weight") is { } module
            && (Find(module, "weight_scale_inv") ?? Find(module, "weight_scale")) is not null ? module : null,
    };

    /// <summary>All names that a module's codes may have.</summary>
    public IEnumerable<string> PartsOf(string module) => (settings.Method switch
    {
        QuantisationMethod.Gptq or QuantisationMethod.Awq => PackedParts,
        QuantisationMethod.CompressedTensors => CompressedParts,
        QuantisationMethod.Float8 => Float8Parts,
    }).Select(part => $"{module}.{part}");

    /// <summary>The matrix of a module.</summary>
    /// <param name="module">Its name.</param>
    /// <param name="name">The name of the tensor that is shown.</param>
    /// <param name="bag">Told what does not fit (FLC1004, FLC1005, FLC1006).</param>
    public DecodedMatrix? Decode(string module, string name, DiagnosticBag bag)
    {
        ModuleParts parts = new(module, name, part => Find(module, part), bag);
        DecodedMatrix? matrix = settings.Method switch
        {
            QuantisationMethod.Gptq => DecodeGptq(parts),
            QuantisationMethod.Awq => DecodeAwq(parts),
            QuantisationMethod.CompressedTensors => DecodeCompressed(parts),
            QuantisationMethod.Float8 => DecodeFloat8(parts),
        };
        return parts.Failed ? null : matrix;
    }

    private DecodedMatrix? DecodeGptq(ModuleParts parts)
    {
        (int bits, int groupSize, _) = settings.Of(parts.Module);
        if (bits is not (2 or 3 or 4 or 8))
        {
            parts.Fail(Codes.ConfigInvalid, $"is said to have {bits} bits; 2, 3, 4 or 8 are known");
            return null;
        }

        if (parts.Matrix("qweight", StoredType.I32) is not { } codes || parts.Scales("scales", 2) is not { } scales)
        {
            return null;
        }

        long rows = codes.Shape[1], columns = codes.Shape[0] * 32 / bits, groups = scales.Shape[0];
        if (codes.Shape[0] % bits != 0 || scales.Shape[1] != rows || !ModuleParts.FitGroups(columns, groups))
        {
            parts.Misfit(codes, scales);
            return null;
        }

        IGroupValues? zeros = null;
        if (parts.Find("qzeros") is { } packed)
        {
            if (packed.ElementType is not StoredType.I32 || packed.Shape.Length != 2 || packed.Shape[0] != groups || packed.Shape[1] != (rows * bits + 31) / 32)
            {
                parts.Misfit(codes, packed);
                return null;
            }

            zeros = PackedZeros.AlongOutputs(packed, bits, settings.ZeroOffset);
        }
        else if (settings.HasZeros)
        {
            parts.LacksZeros("qzeros");
            return null;
        }

        return parts.GroupsOf("g_idx", columns, groups, groupSize) is { } groupOf
            ? parts.Matrix(new PackedInputs(codes, bits), StoredGroups.ByGroup(scales), zeros, 1 << (bits - 1), groupOf) : null;
    }

    private DecodedMatrix? DecodeAwq(ModuleParts parts)
    {
        int groupSize = settings.Of(parts.Module).GroupSize;
        if (parts.Matrix("qweight", StoredType.I32) is not { } codes || parts.Scales("scales", 2) is not { } scales)
        {
            return null;
        }

        long rows = codes.Shape[1] * PackedOutputs.PerWord, columns = codes.Shape[0], groups = scales.Shape[0];
        CheckpointTensor? zeros = parts.Find("qzeros");
        if (scales.Shape[1] != rows || !ModuleParts.FitGroups(columns, groups)
            || (zeros is not null && (zeros.ElementType is not StoredType.I32 || !zeros.Shape.SequenceEqual([groups, codes.Shape[1]]))))
        {
            parts.Misfit(codes, zeros ?? scales);
            return null;
        }

        if (zeros is null && settings.HasZeros)
        {
            parts.LacksZeros("qzeros");
            return null;
        }

        return parts.GroupsOf("", columns, groups, groupSize) is { } groupOf
            ? parts.Matrix(new PackedOutputs(codes), StoredGroups.ByGroup(scales), zeros is null ? null : PackedZeros.InterleavedOutputs(zeros), 8, groupOf) : null;
    }

    private DecodedMatrix? DecodeCompressed(ModuleParts parts)
    {
        (int bits, int groupSize, int blockRows) = settings.Of(parts.Module);
        ICodeRows? codes = parts.Find("weight_packed") is not null ? parts.Packed(bits)
            : parts.Find("compressed") is not null ? parts.Sparse()
            : parts.Plain("weight");
        if (codes is null)
        {
            return null;
        }

        // Floats behind a bitmask stand for themselves; codes without a scale stand for nothing.
        if (parts.Find("weight_scale") is null && parts.Find("compressed") is { IsFloat: true })
        {
            return parts.Matrix(codes, OneGroup.Of(1), null, 0, _ => 0);
        }

        if (parts.Scales("weight_scale", 0) is not { } scale)
        {
            return null;
        }

        if (parts.Layout(scale, codes, blockRows) is not { } scales
            || parts.GroupsOf("weight_g_idx", codes.Columns, scales.Groups, groupSize) is not { } groupOf)
        {
            return null;
        }

        IGroupValues? zeros = null;
        if (parts.Find("weight_zero_point") is { } stored)
        {
            zeros = stored.ElementType is StoredType.I32 && parts.Find("weight_packed") is not null ? ModuleParts.PackedZeros(stored, bits, codes, scales.Groups)
                : StoredNumbers.CanRead(stored.ElementType) && stored.Shape.SequenceEqual(scale.Shape) ? parts.Layout(stored, codes, blockRows)
                : null;
            if (zeros is null)
            {
                parts.Misfit(scale, stored);
                return null;
            }
        }

        return parts.Matrix(codes, scales, zeros, 0, groupOf);
    }

    private DecodedMatrix? DecodeFloat8(ModuleParts parts)
    {
        if (parts.Plain("weight") is not { } codes || (parts.Find("weight_scale_inv") is null ? parts.Scales("weight_scale", 0) : parts.Scales("weight_scale_inv", 0)) is not { } scale)
        {
            return null;
        }

        (int blockRows, int blockColumns) = settings.Block;
        if (blockRows == 0 || scale.Shape.Length < 2)
        {
            return parts.Layout(scale, codes) is not { } scales || parts.GroupsOf("", codes.Columns, scales.Groups, 0) is not { } groupOf ? null : parts.Matrix(codes, scales, null, 0, groupOf);
        }

        if (!scale.Shape.SequenceEqual([(codes.Rows + blockRows - 1) / blockRows, (codes.Columns + blockColumns - 1) / blockColumns]))
        {
            parts.Fail(
                Codes.TensorShapeMismatch,
                $"has scales [{string.Join(',', scale.Shape)}] for [{codes.Rows},{codes.Columns}] in blocks of {blockRows} by {blockColumns}");
            return null;
        }

        return parts.Matrix(codes, StoredGroups.ByRow(scale, blockRows), null, 0, column => (int)(column / blockColumns));
    }

    private CheckpointTensor? Find(string module, string part) => checkpoint.TryGet($"{module}.{part}", out CheckpointTensor tensor) ? tensor : null;

    private static string? Without(string name, string end) => name.EndsWith(end, StringComparison.Ordinal) ? name[..^end.Length] : null;
}
