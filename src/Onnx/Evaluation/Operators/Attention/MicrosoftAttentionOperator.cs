namespace Flightc.Onnx.Evaluation;

/// <summary>ONNX Runtime's attention with the projection to queries, keys and values in it.</summary>
internal sealed class MicrosoftAttentionOperator() : OnnxOperator(new OperatorDefinition("Attention", [1])
{
    Domain = OperatorDefinition.Microsoft,
    Inputs =
    [
        new("input", "T"), new("weights", "T"), ParameterDefinition.Optional("bias", "T"), ParameterDefinition.Optional("mask_index", "M"),
        ParameterDefinition.Optional("past", "T"), ParameterDefinition.Optional("attention_bias", "T"), ParameterDefinition.Optional("past_sequence_length", "M"),
    ],
    Outputs = [new("output", "T"), ParameterDefinition.Optional("present", "T")],
    Attributes =
    [
        AttributeDefinition.Int("do_rotary", 0), AttributeDefinition.Float("mask_filter_value", -10000), AttributeDefinition.Required("num_heads", AttributeKind.Int),
        AttributeDefinition.Int("past_present_share_buffer", 0), AttributeDefinition.Optional("qkv_hidden_sizes", AttributeKind.Ints),
        AttributeDefinition.Int("rotary_embedding_dim", 0), AttributeDefinition.Float("scale", 0), AttributeDefinition.Int("unidirectional", 0),
    ],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.Floats, ["M"] = ElementSet.Int32 },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        if (call.Flag("do_rotary") || call.Flag("past_present_share_buffer") || call.Has(6))
        {
            throw call.Unsupported("do_rotary or past_present_share_buffer is set", "build the model with GroupQueryAttention, or without them");
        }

        call.RequireRank(0, 3);
        long[] input = call.Shape(0);
        long heads = call.Int("num_heads");
        (long key, long value) = Widths(call);
        call.RequireShape(1, input[2], 2 * key + value);
        if (call.Has(2))
        {
            call.RequireShape(2, 2 * key + value);
        }

        if (heads < 1 || key % heads != 0 || value % heads != 0)
        {
            throw call.Invalid($"{key} and {value} features do not make {heads} heads");
        }

        long past = 0;
        if (call.Has(4))
        {
            call.RequireShape(4, 2, input[0], heads, -1, key / heads);
            past = call.Shape(4)[3];
        }

        if (key != value && (call.Has(4) || call.Wants(1)))
        {
            throw call.Invalid($"keys of {key} and values of {value} features do not make one past");
        }

        long keys = past + input[1];
        if (call.Has(3) && !PaddingMask.Fits(call.Shape(3), input[0], input[1], keys))
        {
            throw call.Invalid($"the mask of the shape {Shapes.Text(call.Shape(3))} does not fit {input[0]} sequences with {keys} keys");
        }

        if (call.Has(5) && !ScoreBias.Fits(call.Shape(5), [input[0], heads, input[1], keys], mayBeShorter: false))
        {
            throw call.Invalid($"the bias of the shape {Shapes.Text(call.Shape(5))} does not broadcast to the scores");
        }

        OnnxElementType type = call.Type(0).ElementType;
        return [new(type, [input[0], input[1], value]), new(type, [2, input[0], heads, keys, key / heads])];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        (Heads queries, Heads keys, Heads values) = Project(call);
        int past = call.Has(4) ? (int)call.Shape(4)[3] : 0;
        if (call.Has(4))
        {
            ReadOnlySpan<double> both = call.Read<double>(4);
            long[] half = call.Shape(4)[1..];
            keys = keys.After(Heads.FromSplit(both[..(both.Length / 2)], half));
            values = values.After(Heads.FromSplit(both[(both.Length / 2)..], half));
        }

        PaddingMask? mask = call.Has(3) ? new(call.Longs(3), call.Shape(3), queries.BatchCount, past, call.Float("mask_filter_value")) : null;
        ScoreBias? bias = call.Has(5) ? new(call.Value(5)) : null;
        bool isCausal = call.Flag("unidirectional");
        AttentionCore core = new()
        {
            Call = call,
            Scale = call.Float("scale") is 0 ? 1 / Math.Sqrt(queries.Size) : call.Float("scale"),
            Bias = (batch, head, query, key) => isCausal && key > past + query
                ? double.NegativeInfinity
                : (mask?.At(batch, query, key) ?? 0) + (bias?.At(batch, head, query, key) ?? 0),
        };
        Heads result = core.Run(queries, keys, values, scores: null);
        return
        [
            TensorElements.Create(types[0]!.ElementType, types[0]!.Shape, result.ToPacked()),
            call.Wants(1) ? TensorElements.Create(types[1]!.ElementType, types[1]!.Shape, [.. keys.Values, .. values.Values]) : null,
        ];
    }

    private static (long Key, long Value) Widths(OperatorCall call)
    {
        if (call.Ints("qkv_hidden_sizes") is not { } sizes)
        {
            call.RequireRank(1, 2);
            long third = call.Shape(1)[1] / 3;
            return (third, third);
        }

        return sizes.Length == 3 && sizes[0] == sizes[1] && sizes.All(s => s > 0 && s < int.MaxValue)
            ? (sizes[0], sizes[2])
            : throw call.Invalid($"qkv_hidden_sizes are {Shapes.Text(sizes)}; wanted three, the first two alike");
    }

    private static (Heads Queries, Heads Keys, Heads Values) Project(OperatorCall call)
    {
        double[] projected = BatchedProduct.Run(call, call.Read<double>(0), call.Shape(0), call.Read<double>(1), call.Shape(1));
        long[] shape = [.. call.Shape(0)[..2], call.Shape(1)[1]];
        if (call.Has(2))
        {
            projected = BroadcastLoop.Apply(projected, shape, call.Read<double>(2), call.Shape(2), shape, static (x, bias) => x + bias);
        }

        (long key, long value) = Widths(call);
        int heads = (int)call.Int("num_heads");
        int size = (int)key / heads;
        int valueSize = (int)value / heads;
        (int batch, int length, int width) = ((int)shape[0], (int)shape[1], (int)shape[2]);
        return (Heads.FromRows(projected, batch, length, width, 0, heads, size, size),
            Heads.FromRows(projected, batch, length, width, (int)key, heads, size, size),
            Heads.FromRows(projected, batch, length, width, 2 * (int)key, heads, valueSize, valueSize));
    }
}
