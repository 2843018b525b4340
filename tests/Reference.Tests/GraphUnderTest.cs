using Flightc.IR;
using Flightc.Reference;

namespace Flightc.Tests;

/// <summary>Builds small quantised graphs together with their weights.</summary>
internal sealed class GraphUnderTest(int context = 16)
{
    private static readonly QuantizedFormat Format = new(8, 32);

    private readonly GraphBuilder _builder = new("tiny", context);

    private ValueId? _ids;

    public MemoryWeights Weights { get; } = new();

    public RecordingObserver Seen { get; } = new();

    /// <summary>A table of which every row is <paramref name="scale"/> times the integers given.</summary>
    public ValueId Embed(string name, float scale, params sbyte[][] rows) =>
        Node(name, new Embedding(), Ids(), Matrix($"{name}.weight", Format, scale, 1, rows));

    public ValueId Ids() => _ids ??= _builder.Input("ids", new TensorType(ElementType.I32, Dim.Tokens));

    public ValueId Matrix(string name, QuantizedFormat format, float scale, byte multiplier, params sbyte[][] rows) =>
        Matrix(name, new QuantizedMatrix(
            rows.Length, rows[0].Length, format, [.. rows.SelectMany(r => r)],
            [.. Enumerable.Repeat(multiplier, rows.Length * format.GroupsIn(rows[0].Length))],
            [.. Enumerable.Repeat(scale, rows.Length)]));

    public ValueId Matrix(string name, QuantizedMatrix matrix)
    {
        Weights.Matrices[name] = matrix;
        return _builder.Weight(new Weight(
            name, new TensorType(ElementType.F32, matrix.Rows, matrix.Columns), Format: matrix.Format));
    }

    public ValueId Norm(string name, params float[] values)
    {
        Weights.Floats[name] = values;
        return _builder.Weight(new Weight(name, new TensorType(ElementType.F32, values.Length)));
    }

    /// <summary>A table of floats in rows of <paramref name="columns"/>.</summary>
    public ValueId Table(string name, int columns, params float[] values)
    {
        Weights.Floats[name] = values;
        return _builder.Weight(new Weight(name, new TensorType(ElementType.F32, values.Length / columns, columns)));
    }

    public ValueId Node(string name, Op op, params ReadOnlySpan<ValueId> operands) => _builder.Node(name, op, operands);

    public QuantizedInterpreter Interpret(ValueId output) => new(_builder.Build(output), Weights, Weights);

    /// <summary>Executes with <see cref="Seen"/> as the observer.</summary>
    public float[][] Run(ValueId output, params int[] ids) => Interpret(output).Run(ids, Seen);
}
