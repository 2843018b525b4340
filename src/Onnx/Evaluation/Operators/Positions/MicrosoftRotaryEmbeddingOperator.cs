namespace Flightc.Onnx.Evaluation;

/// <summary>Rotary positions of ONNX Runtime: positions come before the tables, and may be the first one only.</summary>
internal sealed class MicrosoftRotaryEmbeddingOperator() : OnnxOperator(new OperatorDefinition("RotaryEmbedding", [1])
{
    Domain = OperatorDefinition.Microsoft,
    Inputs = [new("input", "T"), new("position_ids", "M"), new("cos_cache", "T"), new("sin_cache", "T")],
    Outputs = [new("output", "T")],
    Attributes =
    [
        AttributeDefinition.Int("interleaved", 0), AttributeDefinition.Int("is_packed_batching", 0), AttributeDefinition.Int("num_heads", 0),
        AttributeDefinition.Int("rotary_embedding_dim", 0), AttributeDefinition.Float("scale", 1),
    ],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.Floats, ["M"] = ElementSet.Int64 },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        call.RequireRank(0, 3, 4);
        call.RequireRank(2, 2);
        call.RequireShape(3, call.Shape(2));
        if (call.Flag("is_packed_batching") || call.Float("scale") != 1)
        {
            throw call.Unsupported("is_packed_batching is set, or scale is not 1", "export the model without them");
        }

        long[] shape = call.Shape(0);
        long length = shape.Length == 4 ? shape[2] : shape[1];
        if (call.Type(1).ElementCount != 1)
        {
            call.RequireShape(1, shape[0], length);
        }

        long size = HeadSize(call);
        long turned = 2 * call.Shape(2)[1];
        bool fits = size > 0 && turned <= size && (shape.Length == 4 || (shape[2] > 0 && shape[2] % size == 0)) && (call.Int("rotary_embedding_dim") is var named && (named == 0 || named == turned));
        return fits ? [call.Type(0)] : throw call.Invalid($"tables for {turned} features do not fit heads of {size}, or those do not make up the features");
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        long[] shape = call.Shape(0);
        bool isSplit = shape.Length == 4;
        Heads heads = isSplit ? Heads.FromSplit(call.Read<double>(0), shape) : Heads.FromPacked(call.Read<double>(0), shape, (int)(shape[2] / HeadSize(call)));
        RotaryTables tables = new(call, cosInput: 2, call.Flag("interleaved"));
        long[] positions = call.Longs(1);
        tables.Turn(heads, (batch, token) => positions.Length == 1 ? positions[0] + token : positions[batch * heads.Length + token]);
        return [TensorElements.Create(types[0]!.ElementType, shape, isSplit ? heads.Values : heads.ToPacked())];
    }

    private static long HeadSize(OperatorCall call)
    {
        long[] shape = call.Shape(0);
        long count = call.Int("num_heads");
        return shape.Length == 4 ? shape[3] : count > 0 ? shape[2] / count : 2 * call.Shape(2)[1];
    }
}
