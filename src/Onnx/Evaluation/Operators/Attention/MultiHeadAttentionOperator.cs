namespace Flightc.Onnx.Evaluation;

/// <summary>ONNX Runtime's attention over separate or packed queries, keys and values, with as many heads of each.</summary>
internal sealed class MultiHeadAttentionOperator() : OnnxOperator(new OperatorDefinition("MultiHeadAttention", [1])
{
    Domain = OperatorDefinition.Microsoft,
    Inputs =
    [
        new("query", "T"), ParameterDefinition.Optional("key", "T"), ParameterDefinition.Optional("value", "T"), ParameterDefinition.Optional("bias", "T"),
        ParameterDefinition.Optional("key_padding_mask", "M"), ParameterDefinition.Optional("attention_bias", "T"), ParameterDefinition.Optional("past_key", "T"),
        ParameterDefinition.Optional("past_value", "T"), ParameterDefinition.Optional("past_sequence_length", "M"),
        ParameterDefinition.Optional("cache_indirection", "M"),
    ],
    Outputs =
    [
        new("output", "T"), ParameterDefinition.Optional("present_key", "T"), ParameterDefinition.Optional("present_value", "T"),
        ParameterDefinition.Optional("qk", "QK"),
    ],
    Attributes =
    [
        AttributeDefinition.Float("mask_filter_value", -10000), AttributeDefinition.Required("num_heads", AttributeKind.Int), AttributeDefinition.Float("scale", 0),
        AttributeDefinition.Int("unidirectional", 0),
    ],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.Floats, ["QK"] = ElementSet.Floats, ["M"] = ElementSet.Int32 },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        if (call.Has(8) || call.Has(9))
        {
            throw call.Unsupported("past_sequence_length or cache_indirection is given: caches of beam search", "export the model for one sequence");
        }

        MultiHeadLayout layout = MultiHeadLayout.Of(call);
        long past = 0;
        if (call.Has(6) || call.Has(7))
        {
            call.RequireShape(6, layout.Batch, layout.HeadCount, -1, layout.Size);
            past = call.Shape(6)[2];
            call.RequireShape(7, layout.Batch, layout.HeadCount, past, layout.ValueSize);
        }

        long keys = past + layout.KeyCount;
        if (call.Has(4) && !PaddingMask.Fits(call.Shape(4), layout.Batch, layout.QueryCount, keys))
        {
            throw call.Invalid($"the mask of the shape {Shapes.Text(call.Shape(4))} does not fit {layout.Batch} sequences with {keys} keys");
        }

        if (call.Has(5) && !ScoreBias.Fits(call.Shape(5), [layout.Batch, layout.HeadCount, layout.QueryCount, keys], mayBeShorter: false))
        {
            throw call.Invalid($"the bias of the shape {Shapes.Text(call.Shape(5))} does not broadcast to the scores");
        }

        OnnxElementType type = call.Type(0).ElementType;
        return
        [
            new(type, [layout.Batch, layout.QueryCount, layout.HeadCount * layout.ValueSize]), new(type, [layout.Batch, layout.HeadCount, keys, layout.Size]),
            new(type, [layout.Batch, layout.HeadCount, keys, layout.ValueSize]), new(type, [layout.Batch, layout.HeadCount, layout.QueryCount, keys]),
        ];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        (Heads queries, Heads keys, Heads values) = MultiHeadLayout.Of(call).Read(call);
        int past = call.Has(6) ? (int)call.Shape(6)[2] : 0;
        keys = keys.After(call.Has(6) ? Heads.FromSplit(call.Read<double>(6), call.Shape(6)) : null);
        values = values.After(call.Has(7) ? Heads.FromSplit(call.Read<double>(7), call.Shape(7)) : null);
        PaddingMask? mask = call.Has(4) ? new(call.Longs(4), call.Shape(4), queries.BatchCount, past, call.Float("mask_filter_value")) : null;
        ScoreBias? bias = call.Has(5) ? new(call.Value(5)) : null;
        bool isCausal = call.Flag("unidirectional");
        double[]? scores = call.Wants(3) ? new double[types[3]!.ElementCount] : null;
        AttentionCore core = new()
        {
            Call = call,
            Scale = call.Float("scale") is 0 ? 1 / Math.Sqrt(queries.Size) : call.Float("scale"),
            Stage = ScoreStage.Raw,
            Bias = (batch, head, query, key) => isCausal && key > past + query
                ? double.NegativeInfinity
                : (mask?.At(batch, query, key) ?? 0) + (bias?.At(batch, head, query, key) ?? 0),
        };
        Heads result = core.Run(queries, keys, values, scores);
        OnnxElementType type = types[0]!.ElementType;
        return
        [
            TensorElements.Create(type, types[0]!.Shape, result.ToPacked()), TensorElements.Create(type, types[1]!.Shape, keys.Values),
            TensorElements.Create(type, types[2]!.Shape, values.Values), scores is null ? null : TensorElements.Create(type, types[3]!.Shape, scores),
        ];
    }
}
