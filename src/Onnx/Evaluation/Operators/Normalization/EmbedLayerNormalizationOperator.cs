namespace Flightc.Onnx.Evaluation;

/// <summary>The normalised sum of embeddings of words, positions and segments, and how many tokens of each sequence are no padding.</summary>
internal sealed class EmbedLayerNormalizationOperator() : OnnxOperator(new OperatorDefinition("EmbedLayerNormalization", [1])
{
    Domain = OperatorDefinition.Microsoft,
    Inputs =
    [
        new("input_ids", "T1"), ParameterDefinition.Optional("segment_ids", "T1"), new("word_embedding", "T"), new("position_embedding", "T"),
        ParameterDefinition.Optional("segment_embedding", "T"), new("gamma", "T"), new("beta", "T"), ParameterDefinition.Optional("mask", "T1"),
        ParameterDefinition.Optional("position_ids", "T1"),
    ],
    Outputs = [new("output", "T"), ParameterDefinition.Optional("mask_index", "T1"), ParameterDefinition.Optional("embedding_sum", "T")],
    Attributes = [AttributeDefinition.Float("epsilon", 1e-12f), AttributeDefinition.Int("mask_index_type", 0)],
    Types = new Dictionary<string, ElementSet> { ["T1"] = ElementSet.Int32, ["T"] = ElementSet.Floats },
})
{
    /// <inheritdoc/>
    public override bool ReadsPartly => true;

    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        call.RequireRank(0, 2);
        call.RequireRank(2, 2);
        long[] ids = call.Shape(0);
        long width = call.Shape(2)[1];
        call.RequireShape(3, -1, width);
        call.RequireShape(5, width);
        call.RequireShape(6, width);
        if (call.Has(1))
        {
            call.RequireShape(1, ids);
            call.RequireShape(4, -1, width);
        }

        if (call.Has(7))
        {
            call.RequireShape(7, ids);
        }

        if (call.Has(8) && !Shapes.BroadcastsTo(call.Shape(8), ids))
        {
            throw call.Invalid($"position_ids of the shape {Shapes.Text(call.Shape(8))} do not broadcast to {Shapes.Text(ids)}");
        }

        OnnxTensorType result = new(call.Type(2).ElementType, [.. ids, width]);
        return [result, new(OnnxElementType.Int32, [ids[0]]), result];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        long[] shape = types[0]!.Shape;
        int length = (int)shape[1];
        int width = (int)shape[2];
        long[] words = call.Longs(0);
        long[]? segments = call.OptionalLongs(1);
        long[]? positions = call.OptionalLongs(8);
        double[] sum = new double[types[0]!.ElementCount];
        for (int i = 0; i < words.Length; i++)
        {
            Span<double> row = sum.AsSpan(i * width, width);
            AddRow(call, 2, words[i], row);
            AddRow(call, 3, positions is null ? i % length : positions[i % positions.Length], row);
            if (segments is not null)
            {
                AddRow(call, 4, segments[i], row);
            }
        }

        double[] result = RowNormalization.Of(sum, words.Length, width, call.Float("epsilon"), centers: true).Values;
        ReadOnlySpan<double> gamma = call.Read<double>(5);
        ReadOnlySpan<double> beta = call.Read<double>(6);
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = result[i] * gamma[i % width] + beta[i % width];
        }

        OnnxElementType type = types[0]!.ElementType;
        return
        [
            TensorElements.Create(type, shape, result), TensorElements.Create(OnnxElementType.Int32, types[1]!.Shape, MaskIndex(call, length)),
            TensorElements.Create(type, shape, sum),
        ];
    }

    private static void AddRow(OperatorCall call, int table, long row, Span<double> sum)
    {
        long place = call.Index(row, call.Shape(table)[0], "an embedding");
        long[] places = new long[sum.Length];
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = place * sum.Length + i;
        }

        ReadOnlySpan<double> values = TensorElements.Read<double>(ElementMoves.Picked(call.Value(table), places, [sum.Length]));
        for (int i = 0; i < sum.Length; i++)
        {
            sum[i] += values[i];
        }
    }

    private static long[] MaskIndex(OperatorCall call, int length)
    {
        long[] counts = new long[call.Shape(0)[0]];
        long[]? mask = call.OptionalLongs(7);
        for (int i = 0; mask is not null && i < mask.Length; i++)
        {
            counts[i / length] += mask[i] == 1 ? 1 : 0;
        }

        return counts;
    }
}
