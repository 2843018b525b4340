using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;
using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary>Gives every weight of a raised Graph the tensor it is read from.</summary>
/// <param name="path">The model's file.</param>
internal sealed class WeightBinder(string path)
{
    // Rows that are compared to see whether two tables are one, where nothing is hashed.
    private const int RowsCompared = 64;

    private readonly Dictionary<Constant, OnnxTensor> _evaluated = [];

    /// <summary>The type that a weight has, without looking at its data.</summary>
    public static TensorType TypeOf(RaisedWeight weight)
    {
        ElementType element = weight.Origin is null ? ElementType.F32 : OnnxTensorSource.Find(weight.Origin.Type.ElementType) ?? ElementType.F32;
        return new TensorType(element, [.. weight.Shape.Select(size => new Dim(size))]);
    }

    /// <summary>What a weight is read from.</summary>
    public BoundTensor Bind(RaisedWeight weight)
    {
        if (weight.Origin is null)
        {
            return new BoundTensor(new FilledTensor(weight.Shape[0]), weight.Shape, TensorTransform.None);
        }

        long[] stored = weight.Shape.Count == 1 ? [weight.Origin.Type.ElementCount] : weight.Origin.Type.Shape;
        OnnxTensorSource source = new(TensorOf(weight.Origin), stored, path);
        long total = weight.IsTransposed ? stored[1] : stored[0];
        TensorTransform whole = weight.IsTransposed ? TensorTransform.Transposed : TensorTransform.None;
        if (weight.Rows is not { } rows)
        {
            return new BoundTensor(source, weight.Shape, whole);
        }

        if (rows.Select((r, i) => r == rows[0] + i).All(same => same))
        {
            return new BoundTensor(source, weight.Shape, whole with { FirstRow = rows[0], TotalRows = total });
        }

        BoundTensor all = new(source, [total, .. weight.Shape.Skip(1)], whole);
        return new BoundTensor(new PickedRows(all, rows), weight.Shape, TensorTransform.None);
    }

    /// <summary>Whether a head is the embedding's table: the same initializer, or one of the same type with the same rows.</summary>
    /// <remarks>Exporters store a tied head transposed beside the table. Some rows are compared here; where weights are hashed, all of them are, by their hashes.</remarks>
    public bool AreOne(RaisedWeight table, RaisedWeight head)
    {
        if (table.Origin == head.Origin && table.IsTransposed == head.IsTransposed && table.Rows is null && head.Rows is null)
        {
            return true;
        }

        BoundTensor a = Bind(table), b = Bind(head);
        if (!a.Type.Equals(b.Type))
        {
            return false;
        }

        long rows = a.Type.Shape[0].Size;
        int columns = (int)a.Type.Columns;
        float[] x = new float[columns], y = new float[columns];
        for (long i = 0; i < Math.Min(rows, RowsCompared); i++)
        {
            long row = rows <= RowsCompared ? i : i * (rows - 1) / (RowsCompared - 1);
            a.ReadFloats(row * columns, x);
            b.ReadFloats(row * columns, y);
            if (!x.AsSpan().SequenceEqual(y))
            {
                return false;
            }
        }

        return true;
    }

    private OnnxTensor TensorOf(Constant constant)
    {
        if (constant.Stored is { } stored && OnnxTensorSource.Find(stored.ElementType) is not null)
        {
            return stored;
        }

        if (DequantizedBytes.Of(constant) is { } decoded)
        {
            return decoded;
        }

        // What is no initializer is computed once, as binary32 where it is no float yet.
        if (!_evaluated.TryGetValue(constant, out OnnxTensor? tensor))
        {
            OnnxTensor value = constant.Value;
            if (value.ElementType.Bits() == 0 || !value.ElementType.IsSupported())
            {
                throw new CompilationException(Codes.OnnxTypeUnsupported, $"a weight has the element type {value.ElementType.OnnxName()}; a float is wanted", constant.Name);
            }

            ITensorBytes data = OnnxTensorSource.Find(value.ElementType) is null
                ? Onnx.Evaluation.TensorElements.Of(Onnx.Evaluation.TensorElements.ToFloats(value), [.. value.Shape]).Data : value.Data;
            OnnxElementType type = OnnxTensorSource.Find(value.ElementType) is null ? OnnxElementType.Float : value.ElementType;
            _evaluated[constant] = tensor = new OnnxTensor(type, [.. value.Shape], data, constant.Name);
        }

        return tensor;
    }
}
