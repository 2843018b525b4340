using System.Numerics;

namespace Flightc.Onnx.Evaluation;

/// <summary><c>alpha · A · B + beta · C</c>, A and B transposed where attributes say so; C broadcasts.</summary>
internal sealed class GemmOperator() : OnnxOperator(new OperatorDefinition("Gemm", [7, 9, 11, 13])
{
    Inputs = [new("A", "T"), new("B", "T"), ParameterDefinition.Optional("C", "T")],
    Outputs = [new("Y", "T")],
    Attributes =
    [
        AttributeDefinition.Float("alpha", 1), AttributeDefinition.Float("beta", 1), AttributeDefinition.Int("transA", 0), AttributeDefinition.Int("transB", 0),
    ],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.Numbers },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        call.RequireRank(0, 2);
        call.RequireRank(1, 2);
        long[] a = Turned(call.Shape(0), call.Flag("transA"));
        long[] b = Turned(call.Shape(1), call.Flag("transB"));
        long[] shape = a[1] == b[0] ? [a[0], b[1]] : throw call.Invalid($"shapes {Shapes.Text(a)} and {Shapes.Text(b)} do not multiply");
        return !call.Has(2) || Shapes.BroadcastsTo(call.Shape(2), shape)
            ? [new(call.Type(0).ElementType, shape)]
            : throw call.Invalid($"C of the shape {Shapes.Text(call.Shape(2))} does not broadcast to {Shapes.Text(shape)}");
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types) => [ElementTypes.LaneOf(types[0]!.ElementType) switch
    {
        Lane.Single => Run<float>(call, types[0]!),
        Lane.Double => Run<double>(call, types[0]!),
        Lane.Signed => Run<long>(call, types[0]!),
        Lane.NonNegative => Run<ulong>(call, types[0]!),
    }];

    private static OnnxTensor Run<T>(OperatorCall call, OnnxTensorType type)
        where T : unmanaged, INumber<T>
    {
        OnnxTensor a = Turned(call.Value(0), call.Flag("transA"));
        OnnxTensor b = Turned(call.Value(1), call.Flag("transB"));
        T alpha = T.CreateTruncating(call.Float("alpha"));
        T beta = T.CreateTruncating(call.Float("beta"));
        T[] product = BatchedProduct.Run(call, TensorElements.Read<T>(a), [.. a.Shape], TensorElements.Read<T>(b), [.. b.Shape]);
        T[] result = call.Has(2)
            ? BroadcastLoop.Apply(product, type.Shape, call.Read<T>(2), call.Shape(2), type.Shape, (p, c) => alpha * p + beta * c)
            : Array.ConvertAll(product, p => alpha * p);
        return TensorElements.Create(type.ElementType, type.Shape, result);
    }

    private static long[] Turned(long[] shape, bool turns) => turns ? [shape[1], shape[0]] : shape;

    private static OnnxTensor Turned(OnnxTensor matrix, bool turns) =>
        turns ? ElementMoves.Strided(matrix, 0, [1, matrix.Shape[1]], [matrix.Shape[1], matrix.Shape[0]]) : matrix;
}
