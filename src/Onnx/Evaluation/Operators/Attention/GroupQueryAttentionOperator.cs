namespace Flightc.Onnx.Evaluation;

/// <summary>Attention of ONNX Runtime's own builder: shared keys and values, rotary positions, windows, soft caps, and a cache that may be longer than what it holds.</summary>
internal sealed class GroupQueryAttentionOperator() : OnnxOperator(new OperatorDefinition("GroupQueryAttention", [1])
{
    Domain = OperatorDefinition.Microsoft,
    Inputs =
    [
        new("query", "T"), ParameterDefinition.Optional("key", "T"), ParameterDefinition.Optional("value", "T"), ParameterDefinition.Optional("past_key", "TC"),
        ParameterDefinition.Optional("past_value", "TC"), new("seqlens_k", "M"), new("total_sequence_length", "M"), ParameterDefinition.Optional("cos_cache", "T"),
        ParameterDefinition.Optional("sin_cache", "T"), ParameterDefinition.Optional("position_ids", "I"), ParameterDefinition.Optional("attention_bias", "T"),
        ParameterDefinition.Optional("head_sink", "T"), ParameterDefinition.Optional("k_scale", "S"), ParameterDefinition.Optional("v_scale", "S"),
        ParameterDefinition.Optional("q_norm_weight", "T"), ParameterDefinition.Optional("k_norm_weight", "T"),
    ],
    Outputs =
    [
        new("output", "T"), ParameterDefinition.Optional("present_key", "TC"), ParameterDefinition.Optional("present_value", "TC"),
        ParameterDefinition.Optional("output_qk", "T"),
    ],
    Attributes =
    [
        AttributeDefinition.Int("causal", 1), AttributeDefinition.Int("do_rotary", 0), AttributeDefinition.Text("k_quant_type", "NONE"),
        AttributeDefinition.Int("kv_cache_bit_width", 0), AttributeDefinition.Required("kv_num_heads", AttributeKind.Int),
        AttributeDefinition.Int("local_window_size", -1), AttributeDefinition.Required("num_heads", AttributeKind.Int), AttributeDefinition.Int("qk_output", 0),
        AttributeDefinition.Float("qk_norm_epsilon", 1e-6f), AttributeDefinition.Int("rotary_interleaved", 0), AttributeDefinition.Float("scale", 0),
        AttributeDefinition.Int("sliding_window_cache", 0), AttributeDefinition.Int("smooth_softmax", 0), AttributeDefinition.Float("softcap", 0),
        AttributeDefinition.Text("v_quant_type", "NONE"),
    ],
    Types = new Dictionary<string, ElementSet>
    {
        ["T"] = ElementSet.Floats, ["TC"] = ElementSet.Floats, ["M"] = ElementSet.Int32, ["I"] = ElementSet.Int64, ["S"] = ElementSet.Floats,
    },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        CheckSupported(call);
        call.RequireRank(0, 3);
        (long batch, long length, long size) = Sizes(call);
        long heads = call.Int("kv_num_heads");
        long total = call.Long(6);
        call.RequireShape(5, batch);
        if (call.Has(1))
        {
            call.RequireShape(1, batch, length, heads * size);
            call.RequireShape(2, batch, length, heads * size);
        }

        long past = 0;
        if (call.Has(3) || call.Has(4))
        {
            call.RequireShape(3, batch, heads, -1, size);
            call.RequireShape(4, call.Shape(3));
            past = call.Shape(3)[2];
        }

        if (call.Flag("do_rotary"))
        {
            call.RequireRank(7, 2);
            call.RequireShape(8, call.Shape(7));
            if (2 * call.Shape(7)[1] > size)
            {
                throw call.Invalid($"the tables turn {2 * call.Shape(7)[1]} features of heads of {size}");
            }
        }

        if (call.Has(9))
        {
            call.RequireShape(9, batch, length);
        }

        if (call.Has(10) && !ScoreBias.Fits(call.Shape(10), [batch, call.Int("num_heads"), length, Math.Max(past, total)], mayBeShorter: true))
        {
            throw call.Invalid($"the bias of the shape {Shapes.Text(call.Shape(10))} does not broadcast to the scores");
        }

        if (call.Has(11))
        {
            call.RequireShape(11, call.Int("num_heads"));
        }

        for (int norm = 14; norm <= 15; norm++)
        {
            if (call.Has(norm))
            {
                call.RequireShape(norm, size);
            }
        }

        OnnxTensorType present = new(call.Has(3) ? call.Type(3).ElementType : call.Type(0).ElementType, [batch, heads, Math.Max(past, total), size]);
        return [new(call.Type(0).ElementType, [batch, length, call.Int("num_heads") * size]), present, present, null];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        (Heads queries, Heads keys, Heads values) = Split(call);
        queries = Normalized(call, queries, 14);
        keys = Normalized(call, keys, 15);
        long[] pasts = Pasts(call, (int)types[1]!.Shape[2]);
        if (call.Flag("do_rotary"))
        {
            RotaryTables tables = new(call, cosInput: 7, call.Flag("rotary_interleaved"));
            long[]? positions = call.OptionalLongs(9);
            long PositionOf(int batch, int token) => positions?[batch * queries.Length + token] ?? pasts[batch] + token;
            tables.Turn(queries, PositionOf);
            tables.Turn(keys, PositionOf);
        }

        Heads presentKeys = Present(call, keys, 3, pasts, types[1]!);
        Heads presentValues = Present(call, values, 4, pasts, types[2]!);
        Heads result = Core(call, pasts, queries.Size).Run(queries, presentKeys, presentValues, scores: null);
        return
        [
            TensorElements.Create(types[0]!.ElementType, types[0]!.Shape, result.ToPacked()),
            TensorElements.Create(types[1]!.ElementType, types[1]!.Shape, presentKeys.Values),
            TensorElements.Create(types[2]!.ElementType, types[2]!.Shape, presentValues.Values),
            null,
        ];
    }

    private static void CheckSupported(OperatorCall call)
    {
        if (call.Text("k_quant_type") != "NONE" || call.Text("v_quant_type") != "NONE" || call.Int("kv_cache_bit_width") != 0)
        {
            throw call.Unsupported("keys and values are quantised", "build the model with a cache in its own precision; the card's cache has 8 bits anyway");
        }

        if (call.Int("sliding_window_cache") != 0 || call.Int("qk_output") != 0 || call.Wants(3))
        {
            throw call.Unsupported("sliding_window_cache or qk_output is set", "build the model without it");
        }

        if (call.Has(1) != call.Has(2))
        {
            throw call.Invalid("key and value go together");
        }
    }

    private static (long Batch, long Length, long Size) Sizes(OperatorCall call)
    {
        long[] shape = call.Shape(0);
        long queryHeads = call.Int("num_heads");
        long heads = call.Int("kv_num_heads");
        long parts = call.Has(1) ? queryHeads : queryHeads + 2 * heads;
        return queryHeads > 0 && heads > 0 && queryHeads % heads == 0 && shape[2] % parts == 0
            ? (shape[0], shape[1], shape[2] / parts)
            : throw call.Invalid($"{shape[2]} features do not make {queryHeads} query heads and {heads} key and value heads");
    }

    private static (Heads Queries, Heads Keys, Heads Values) Split(OperatorCall call)
    {
        int queryHeads = (int)call.Int("num_heads");
        int heads = (int)call.Int("kv_num_heads");
        ReadOnlySpan<double> query = call.Read<double>(0);
        if (call.Has(1))
        {
            return (Heads.FromPacked(query, call.Shape(0), queryHeads), Heads.FromPacked(call.Read<double>(1), call.Shape(1), heads),
                Heads.FromPacked(call.Read<double>(2), call.Shape(2), heads));
        }

        (long batchCount, long length, long size) = Sizes(call);
        int width = (int)call.Shape(0)[2];
        (int batches, int tokens, int features) = ((int)batchCount, (int)length, (int)size);
        return (Heads.FromRows(query, batches, tokens, width, 0, queryHeads, features, features),
            Heads.FromRows(query, batches, tokens, width, queryHeads * features, heads, features, features),
            Heads.FromRows(query, batches, tokens, width, (queryHeads + heads) * features, heads, features, features));
    }

    private static Heads Normalized(OperatorCall call, Heads heads, int input)
    {
        if (!call.Has(input))
        {
            return heads;
        }

        ReadOnlySpan<double> weight = call.Read<double>(input);
        double[] rows = RowNormalization.Of(heads.Values, heads.BatchCount * heads.HeadCount * heads.Length, heads.Size, call.Float("qk_norm_epsilon"), centers: false).Values;
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] *= weight[i % heads.Size];
        }

        return heads with { Values = rows };
    }

    // A first prompt has no past whatever its padding; later steps end where seqlens_k says, which is one less than the keys there are.
    private static long[] Pasts(OperatorCall call, int capacity)
    {
        long length = call.Shape(0)[1];
        bool isFirst = call.Long(6) == length;
        return Array.ConvertAll(call.Longs(5), last =>
        {
            long past = isFirst ? 0 : last + 1 - length;
            return past >= 0 && past + length <= capacity
                ? past
                : throw call.Invalid($"seqlens_k {last} and {length} new tokens do not fit a cache of {capacity}");
        });
    }

    private static Heads Present(OperatorCall call, Heads added, int input, long[] pasts, OnnxTensorType type)
    {
        Heads present = new(new double[type.ElementCount], added.BatchCount, added.HeadCount, (int)type.Shape[2], added.Size);
        Heads? past = call.Has(input) ? Heads.FromSplit(call.Read<double>(input), call.Shape(input)) : null;
        for (int batch = 0; batch < added.BatchCount; batch++)
        {
            if (past is not null)
            {
                present.Write(past, batch, 0, past.Length);
            }
            else if (pasts[batch] > 0)
            {
                throw call.Invalid($"seqlens_k tells of {pasts[batch]} tokens before, but there is no past_key");
            }

            present.Write(added, batch, (int)pasts[batch], added.Length);
        }

        return present;
    }

    private static AttentionCore Core(OperatorCall call, long[] pasts, int size)
    {
        ScoreBias? bias = call.Has(10) ? new(call.Value(10)) : null;
        double[]? sinks = call.Has(11) ? call.Read<double>(11).ToArray() : null;
        bool isCausal = call.Flag("causal");
        long window = call.Int("local_window_size");
        long length = call.Shape(0)[1];
        return new AttentionCore
        {
            Call = call,
            Scale = call.Float("scale") is 0 ? 1 / Math.Sqrt(size) : call.Float("scale"),
            Softcap = call.Float("softcap"),
            Sink = sinks is not null ? head => sinks[head] : call.Flag("smooth_softmax") ? static _ => 0 : null,
            Bias = (batch, head, query, key) =>
            {
                long place = pasts[batch] + query;
                bool isHidden = key >= pasts[batch] + length || (isCausal && key > place) || (window >= 0 && key <= place - window);
                return isHidden ? double.NegativeInfinity : bias?.At(batch, head, query, key) ?? 0;
            },
        };
    }
}
