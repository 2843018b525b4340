namespace Flightc.Onnx.Evaluation;

/// <summary>Rotary positions of the standard: tables by position where positions are given, else by token.</summary>
internal sealed class RotaryEmbeddingOperator() : OnnxOperator(new OperatorDefinition("RotaryEmbedding", [23])
{
    Inputs = [new("X", "T"), new("cos_cache", "T"), new("sin_cache", "T"), ParameterDefinition.Optional("position_ids", "M")],
    Outputs = [new("Y", "T")],
    Attributes =
    [
        AttributeDefinition.Int("interleaved", 0), AttributeDefinition.Optional("num_heads", AttributeKind.Int), AttributeDefinition.Int("rotary_embedding_dim", 0),
    ],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.Floats, ["M"] = ElementSet.Int64 },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        call.RequireRank(0, 3, 4);
        long[] shape = call.Shape(0);
        long heads = shape.Length == 4 ? shape[1] : call.OptionalInt("num_heads") ?? 0;
        if (heads <= 0 || (shape.Length == 3 && shape[2] % heads != 0))
        {
            throw call.Invalid($"num_heads is {heads}; wanted a divisor of the features");
        }

        long size = shape.Length == 4 ? shape[3] : shape[2] / heads;
        long turned = call.Int("rotary_embedding_dim") is > 0 and long named ? named : size;
        if (turned > size || turned % 2 != 0)
        {
            throw call.Invalid($"{turned} of {size} features are to be turned; wanted an even number of them");
        }

        long length = shape.Length == 4 ? shape[2] : shape[1];
        for (int table = 1; table <= 2; table++)
        {
            if (call.Has(3))
            {
                call.RequireShape(3, shape[0], length);
                call.RequireShape(table, -1, turned / 2);
            }
            else
            {
                call.RequireShape(table, shape[0], length, turned / 2);
            }
        }

        return [call.Type(0)];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        long[] shape = call.Shape(0);
        bool isSplit = shape.Length == 4;
        Heads heads = isSplit ? Heads.FromSplit(call.Read<double>(0), shape) : Heads.FromPacked(call.Read<double>(0), shape, (int)call.Int("num_heads"));
        ReadOnlySpan<double> cos = call.Read<double>(1);
        ReadOnlySpan<double> sin = call.Read<double>(2);
        int pairs = (int)call.Shape(1)[^1];
        long[]? positions = call.OptionalLongs(3);
        for (int batch = 0; batch < heads.BatchCount; batch++)
        {
            for (int token = 0; token < heads.Length; token++)
            {
                int place = batch * heads.Length + token;
                int row = positions is null ? place : (int)call.Index(positions[place], Math.Min(call.Shape(1)[0], call.Shape(2)[0]), "the tables");
                for (int head = 0; head < heads.HeadCount; head++)
                {
                    RotaryRotation.Turn(heads.Row(batch, head, token), cos.Slice(row * pairs, pairs), sin.Slice(row * pairs, pairs), call.Flag("interleaved"));
                }
            }
        }

        return [TensorElements.Create(types[0]!.ElementType, shape, isSplit ? heads.Values : heads.ToPacked())];
    }
}
