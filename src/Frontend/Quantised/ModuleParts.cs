using System.Globalization;
using Flightc.Checkpoints;
using Flightc.Container;
using Flightc.Diagnostics;

namespace Flightc.Quantised;

/// <summary>The tensors of one quantised module, checked as they are asked for.</summary>
/// <param name="module">Its name.</param>
/// <param name="shown">The name of the tensor that is shown in their place.</param>
/// <param name="find">A tensor of the module, by the last word of its name.</param>
/// <param name="bag">Told what does not fit.</param>
internal sealed class ModuleParts(string module, string shown, Func<string, CheckpointTensor?> find, DiagnosticBag bag)
{
    private string _location = "";

    /// <summary>Its name.</summary>
    public string Module => module;

    /// <summary>Whether something was reported.</summary>
    public bool Failed { get; private set; }

    /// <summary>A tensor, or null where it is not there.</summary>
    public CheckpointTensor? Find(string part)
    {
        CheckpointTensor? found = find(part);
        _location = found?.FilePath ?? _location;
        return found;
    }

    /// <summary>Reports what is wrong with the module.</summary>
    public void Fail(string code, string what, string help = "")
    {
        Failed = true;
        bag.Error(code, $"the quantised module '{Excerpt.Of(module)}' {what}", _location, help);
    }

    /// <summary>Reports zero points that the configuration says are stored.</summary>
    public void LacksZeros(string part) => Fail(
        Codes.TensorMissing, $"has no '{part}', and the configuration says that zero points are stored", "fetch all files of the checkpoint again");

    /// <summary>Reports two tensors that do not belong together.</summary>
    public void Misfit(CheckpointTensor one, CheckpointTensor other) => Fail(
        Codes.TensorShapeMismatch,
        $"has '{Last(one)}' {one.ElementType.Name()}[{string.Join(',', one.Shape)}] and '{Last(other)}' {other.ElementType.Name()}[{string.Join(',', other.Shape)}], which do not belong together",
        "the checkpoint is damaged, or its configuration is of another one");

    /// <summary>A matrix of codes that must be there.</summary>
    public CheckpointTensor? Matrix(string part, StoredType type)
    {
        if (Find(part) is { } tensor && tensor.ElementType == type && tensor.Shape.Length == 2 && tensor.ElementCount > 0)
        {
            return tensor;
        }

        Fail(Codes.TensorMissing, $"has no '{part}' that is a matrix of {type.Name()}");
        return null;
    }

    /// <summary>Scales that must be there: floats of any size.</summary>
    /// <param name="part">The last word of their name.</param>
    /// <param name="dimensions">How many; 0 for any.</param>
    public CheckpointTensor? Scales(string part, int dimensions)
    {
        if (Find(part) is { IsFloat: true } tensor && (dimensions == 0 ? tensor.Shape.Length <= 2 : tensor.Shape.Length == dimensions) && tensor.ElementCount > 0)
        {
            return tensor;
        }

        Fail(Codes.TensorMissing, $"has no '{part}' of floats");
        return null;
    }

    /// <summary>Codes with an element each.</summary>
    public PlainRows? Plain(string part)
    {
        if (Find(part) is { } tensor && tensor.Shape.Length == 2 && tensor.ElementCount > 0 && StoredNumbers.CanRead(tensor.ElementType) && Fits(tensor.Shape[1]))
        {
            return new PlainRows(tensor);
        }

        Fail(Codes.TensorTypeUnsupported, $"has no '{part}' that is a matrix of a type that is known");
        return null;
    }

    /// <summary>Codes of pack-quantized.</summary>
    public PackedRows? Packed(int bits)
    {
        if (Matrix("weight_packed", StoredType.I32) is not { } codes)
        {
            return null;
        }

        if (bits is < 2 or > 8)
        {
            Fail(Codes.ConfigInvalid, $"is packed, and the configuration gives its codes {bits} bits; 2 to 8 are known");
            return null;
        }

        long[]? shape = ShapeIn("weight_shape");
        int perWord = 32 / bits;
        if (shape is null || shape.Length != 2 || shape[0] != codes.Shape[0] || shape[1] < 1 || (shape[1] + perWord - 1) / perWord != codes.Shape[1])
        {
            Fail(
                Codes.TensorShapeMismatch,
                $"has {codes.Shape[0]} rows of {codes.Shape[1]} words with {perWord} codes of {bits} bits, and a 'weight_shape' of [{string.Join(',', shape ?? [])}]");
            return null;
        }

        return Fits(shape[1]) ? new PackedRows(codes, bits, shape[1]) : null;
    }

    /// <summary>Rows behind a bitmask.</summary>
    public BitmaskRows? Sparse()
    {
        CheckpointTensor? values = Find("compressed"), mask = Find("bitmask");
        long[]? shape = ShapeIn("shape");
        if (values is null || mask is not { ElementType: StoredType.U8, Shape.Length: 2 } || shape is not { Length: 2 }
            || !StoredNumbers.CanRead(values.ElementType) || shape[0] != mask.Shape[0] || shape[1] < 1 || shape[1] > DecodedMatrix.ColumnLimit
            || mask.Shape[1] != (shape[1] + 7) / 8)
        {
            Fail(Codes.TensorShapeMismatch, $"has no 'compressed' elements, 'bitmask' of bytes and 'shape' that belong together");
            return null;
        }

        BitmaskRows? rows = BitmaskRows.Of(mask, values, shape[1], out string error);
        if (rows is null || (Find("row_offsets") is { } offsets && !(offsets.ElementCount == shape[0] && StoredNumbers.CanRead(offsets.ElementType) && rows.BeginsAt(offsets))))
        {
            Fail(Codes.TensorShapeMismatch, rows is null ? $"cannot be unpacked: {error}" : "has 'row_offsets' that its bitmask contradicts");
            return null;
        }

        return rows;
    }

    /// <summary>Scales, or zero points that stand as numbers, in the layout that their shape tells.</summary>
    /// <param name="scale">The numbers.</param>
    /// <param name="codes">What they are for.</param>
    /// <param name="blockRows">Rows of a block as the configuration says; 0 where it does not.</param>
    public StoredGroups? Layout(CheckpointTensor scale, ICodeRows codes, int blockRows = 0)
    {
        long[] shape = scale.Shape;
        if (scale.ElementCount == 1)
        {
            return StoredGroups.Single(scale);
        }

        if (shape.Length == 1 && shape[0] == codes.Rows)
        {
            return StoredGroups.ByRow(scale);
        }

        if (shape.Length == 2 && FitGroups(codes.Columns, shape[1]))
        {
            if (shape[0] == codes.Rows)
            {
                return StoredGroups.ByRow(scale);
            }

            if (shape[0] == 1)
            {
                return StoredGroups.ForAllRows(scale);
            }

            // The last block may have fewer rows: then only the configuration tells how many the others have.
            if (blockRows > 0 ? shape[0] == (codes.Rows + blockRows - 1) / blockRows : shape[0] > 0 && codes.Rows % shape[0] == 0)
            {
                return StoredGroups.ByRow(scale, blockRows > 0 ? blockRows : codes.Rows / shape[0]);
            }
        }

        Fail(Codes.TensorShapeMismatch, $"has '{Last(scale)}' [{string.Join(',', shape)}] for a matrix of [{codes.Rows},{codes.Columns}]");
        return null;
    }

    /// <summary>Zero points of pack-quantized.</summary>
    public static PackedZeros? PackedZeros(CheckpointTensor stored, int bits, ICodeRows codes, int groups)
    {
        int perWord = 32 / bits;
        return stored.Shape.SequenceEqual([(codes.Rows + perWord - 1) / perWord, groups]) ? Quantised.PackedZeros.DownOutputs(stored, bits) : null;
    }

    /// <summary>Whether columns can be divided into so many groups of one size.</summary>
    public static bool FitGroups(long columns, long groups) => groups > 0 && groups <= columns && (columns + groups - 1) / groups is var size && (columns + size - 1) / size == groups;

    /// <summary>The group of every column: what the tensor says, or groups of one size; null where it was reported.</summary>
    /// <param name="part">The last word of the tensor's name; empty for none.</param>
    /// <param name="columns">How many there are.</param>
    /// <param name="groups">How many there are; at least 1.</param>
    /// <param name="stated">The size of a group as the configuration says; 0 where it does not.</param>
    public Func<long, int>? GroupsOf(string part, long columns, long groups, int stated)
    {
        if (!Fits(columns))
        {
            return null;
        }

        if (part.Length == 0 || Find(part) is not { } stored || stored.ElementCount == 0)
        {
            return InOrder(columns, groups, stated);
        }

        if (stored.ElementCount != columns || !StoredNumbers.CanRead(stored.ElementType) || stored.ElementType is StoredType.F8E4M3 or StoredType.F8E5M2)
        {
            Fail(Codes.TensorShapeMismatch, $"has '{part}' of {stored.ElementCount} elements for {columns} columns");
            return null;
        }

        float[] numbers = new float[columns];
        StoredNumbers.Read(stored, 0, numbers);

        // An index that was made and never filled.
        if (numbers.Contains(-1))
        {
            return InOrder(columns, groups, stated);
        }

        int bad = Array.FindIndex(numbers, n => !(n >= 0 && n < groups && n == MathF.Floor(n)));
        if (bad >= 0)
        {
            Fail(Codes.TensorShapeMismatch, $"has '{part}' {numbers[bad]} of column {bad}; a group from 0 to {groups - 1} is wanted");
            return null;
        }

        int[] found = [.. numbers.Select(n => (int)n)];
        return column => found[column];
    }

    /// <summary>The matrix of all that.</summary>
    public DecodedMatrix? Matrix(ICodeRows codes, IGroupValues scales, IGroupValues? zeros, float zero, Func<long, int> groupOf) =>
        Fits(codes.Columns) ? new DecodedMatrix(shown, _location, codes, scales, zeros, zero, groupOf) : null;

    // The last group may have fewer columns: 96 columns in two groups are 64 and 32, or 48 and 48, as the configuration says.
    private Func<long, int>? InOrder(long columns, long groups, int stated)
    {
        long size = stated > 0 && groups > 1 ? stated : (columns + groups - 1) / groups;
        if ((columns + size - 1) / size == groups && (stated > 0 || columns % groups == 0))
        {
            return column => (int)(column / size);
        }

        string said = stated > 0 ? string.Create(CultureInfo.InvariantCulture, $"says that groups have {stated}") : "does not say how many a group has";
        Fail(
            Codes.TensorShapeMismatch, $"has {groups} groups of scales for {columns} columns, and the configuration {said}",
            "the checkpoint is damaged, or its configuration is of another one");
        return null;
    }

    private bool Fits(long columns)
    {
        if (columns <= DecodedMatrix.ColumnLimit)
        {
            return true;
        }

        Fail(Codes.TensorShapeMismatch, $"has rows of {columns} codes; at most {DecodedMatrix.ColumnLimit} can be decoded");
        return false;
    }

    private long[]? ShapeIn(string part)
    {
        if (Find(part) is not { } tensor || tensor.ElementCount is < 1 or > 4 || tensor.ElementType is not (StoredType.I64 or StoredType.I32))
        {
            return null;
        }

        float[] sizes = new float[tensor.ElementCount];
        StoredNumbers.Read(tensor, 0, sizes);
        return [.. sizes.Select(size => size is >= 0 and < (1 << 24) ? (long)size : -1)];
    }

    private static string Last(CheckpointTensor tensor) => tensor.Name[(tensor.Name.LastIndexOf('.') + 1)..];
}
