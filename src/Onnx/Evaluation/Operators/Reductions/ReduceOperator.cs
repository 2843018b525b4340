using System.Numerics;

namespace Flightc.Onnx.Evaluation;

/// <summary>One number for the elements along axes. The axes are an attribute before an opset and an input after; without any, all are meant.</summary>
/// <remarks>Numbers with a point are combined in binary64 and rounded once.</remarks>
internal sealed class ReduceOperator(Reduction reduction, int[] versions, int inputSince = 18) : OnnxOperator(new OperatorDefinition($"Reduce{reduction}", versions)
{
    Inputs = [new("data", "T"), ParameterDefinition.Optional("axes", "I", since: inputSince)],
    Outputs = [new("reduced", "T")],
    Attributes =
    [
        AttributeDefinition.Optional("axes", AttributeKind.Ints, until: inputSince),
        AttributeDefinition.Int("keepdims", 1),
        AttributeDefinition.Int("noop_with_empty_axes", 0, since: inputSince),
    ],
    Types = new Dictionary<string, ElementSet>
    {
        ["T"] = reduction is Reduction.Max or Reduction.Min ? ElementSet.Numbers | ElementSet.Bool : ElementSet.Numbers,
        ["I"] = ElementSet.Int64,
    },
})
{
    /// <summary>All reductions.</summary>
    public static IEnumerable<OnnxOperator> All =>
    [
        new ReduceOperator(Reduction.L1, [1, 11, 13, 18]),
        new ReduceOperator(Reduction.L2, [1, 11, 13, 18]),
        new ReduceOperator(Reduction.LogSum, [1, 11, 13, 18]),
        new ReduceOperator(Reduction.LogSumExp, [1, 11, 13, 18]),
        new ReduceOperator(Reduction.Max, [1, 11, 12, 13, 18, 20]),
        new ReduceOperator(Reduction.Mean, [1, 11, 13, 18]),
        new ReduceOperator(Reduction.Min, [1, 11, 12, 13, 18, 20]),
        new ReduceOperator(Reduction.Prod, [1, 11, 13, 18]),
        new ReduceOperator(Reduction.Sum, [1, 11, 13], inputSince: 13),
        new ReduceOperator(Reduction.SumSquare, [1, 11, 13, 18]),
    ];

    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        int[]? axes = Axes(call);
        if (axes is null)
        {
            return [call.Type(0)];
        }

        bool keeps = call.Flag("keepdims");
        long[] shape = call.Shape(0);
        return [new(call.Type(0).ElementType, [.. shape.Select((e, i) => axes.Contains(i) ? 1 : e).Where((_, i) => keeps || !axes.Contains(i))])];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types) => [ElementTypes.LaneOf(types[0]!.ElementType) switch
    {
        Lane.Single or Lane.Double => Run<double>(call, types[0]!),
        Lane.Signed => Run<long>(call, types[0]!),
        Lane.NonNegative => Run<ulong>(call, types[0]!),
    }];

    // Null where an empty list of axes means that every element is reduced by itself.
    private int[]? Axes(OperatorCall call)
    {
        int rank = call.Type(0).Rank;
        long[] named = (call.Version < inputSince ? call.Ints("axes") : call.OptionalLongs(1)) ?? [];
        return named.Length > 0 ? call.Axes(named, rank)
            : call.Version >= inputSince && call.Flag("noop_with_empty_axes") ? null
            : [.. Enumerable.Range(0, rank)];
    }

    private OnnxTensor Run<T>(OperatorCall call, OnnxTensorType type)
        where T : unmanaged, INumber<T>
    {
        (OnnxTensor rows, int length) = AxisRows.Gather(call.Value(0), Axes(call) ?? []);
        ReadOnlySpan<T> elements = TensorElements.Read<T>(rows);
        T[] result = new T[type.ElementCount];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = Of(elements.Slice(i * length, length), type.ElementType);
        }

        return TensorElements.Create(type.ElementType, type.Shape, result);
    }

    private T Of<T>(ReadOnlySpan<T> row, OnnxElementType type)
        where T : unmanaged, INumber<T> => reduction switch
        {
            Reduction.L1 => Fold(row, T.Zero, static (sum, x) => sum + (T.IsNegative(x) ? T.Zero - x : x)),
            Reduction.L2 => Through<T>(Math.Sqrt(double.CreateTruncating(Fold(row, T.Zero, static (sum, x) => sum + x * x)))),
            Reduction.LogSum => Through<T>(PortableFunctions.Log(double.CreateTruncating(Fold(row, T.Zero, static (sum, x) => sum + x)))),
            Reduction.LogSumExp => LogSumExp(row),
            Reduction.Max => row.Length == 0 ? Least<T>(type) : Fold(row[1..], row[0], T.Max),
            Reduction.Mean => Mean(row),
            Reduction.Min => row.Length == 0 ? Most<T>(type) : Fold(row[1..], row[0], T.Min),
            Reduction.Prod => Fold(row, T.One, static (product, x) => product * x),
            Reduction.Sum => Fold(row, T.Zero, static (sum, x) => sum + x),
            Reduction.SumSquare => Fold(row, T.Zero, static (sum, x) => sum + x * x),
        };

    private static T Fold<T>(ReadOnlySpan<T> row, T seed, Func<T, T, T> step)
    {
        foreach (T element in row)
        {
            seed = step(seed, element);
        }

        return seed;
    }

    private static T Mean<T>(ReadOnlySpan<T> row)
        where T : unmanaged, INumber<T>
    {
        T sum = Fold(row, T.Zero, static (total, x) => total + x);

        // Of nothing there is no mean: NaN, which integers do not have.
        return row.Length > 0 || typeof(T) == typeof(double) ? sum / T.CreateTruncating(row.Length) : T.Zero;
    }

    private static T LogSumExp<T>(ReadOnlySpan<T> row)
        where T : unmanaged, INumber<T>
    {
        double largest = double.NegativeInfinity;
        foreach (T element in row)
        {
            largest = Math.Max(largest, double.CreateTruncating(element));
        }

        if (double.IsInfinity(largest))
        {
            return Through<T>(largest);
        }

        double sum = 0;
        foreach (T element in row)
        {
            sum += PortableFunctions.Exp(double.CreateTruncating(element) - largest);
        }

        return Through<T>(largest + PortableFunctions.Log(sum));
    }

    private static T Through<T>(double value)
        where T : INumber<T> => T.CreateTruncating(value);

    private static T Least<T>(OnnxElementType type)
        where T : unmanaged, INumber<T> =>
        ElementTypes.IsFloat(type) ? T.CreateTruncating(double.NegativeInfinity)
        : ElementSet.Signed.Contains(type) ? T.CreateTruncating(-1L << (type.Bits() - 1))
        : T.Zero;

    private static T Most<T>(OnnxElementType type)
        where T : unmanaged, INumber<T> =>
        ElementTypes.IsFloat(type) ? T.CreateTruncating(double.PositiveInfinity)
        : type == OnnxElementType.Bool ? T.One
        : T.CreateTruncating(ulong.MaxValue >> (64 - type.Bits() + (ElementSet.Signed.Contains(type) ? 1 : 0)));
}
