namespace Flightc.Onnx.Evaluation;

/// <summary>Scaled dot-product attention of the standard, with its past, masks, windows and soft caps.</summary>
internal sealed class AttentionOperator() : OnnxOperator(new OperatorDefinition("Attention", [23, 24, 25])
{
    Inputs =
    [
        new("Q", "T1"), new("K", "T1"), new("V", "T2"), ParameterDefinition.Optional("attn_mask", "U"), ParameterDefinition.Optional("past_key", "T1"),
        ParameterDefinition.Optional("past_value", "T2"), ParameterDefinition.Optional("nonpad_kv_seqlen", "I", since: 24),
    ],
    Outputs =
    [
        new("Y", "T1"), ParameterDefinition.Optional("present_key", "T1"), ParameterDefinition.Optional("present_value", "T2"),
        ParameterDefinition.Optional("qk_matmul_output", "T1"),
    ],
    Attributes =
    [
        AttributeDefinition.Int("is_causal", 0),
        AttributeDefinition.Optional("kv_num_heads", AttributeKind.Int),
        AttributeDefinition.Int("left_window_size", -1, since: 25),
        AttributeDefinition.Optional("q_num_heads", AttributeKind.Int),
        AttributeDefinition.Int("qk_matmul_output_mode", 0),
        AttributeDefinition.Int("right_window_size", -1, since: 25),
        AttributeDefinition.Optional("scale", AttributeKind.Float),
        AttributeDefinition.Float("softcap", 0),
        AttributeDefinition.Optional("softmax_precision", AttributeKind.Int),
    ],
    Types = new Dictionary<string, ElementSet>
    {
        ["T1"] = ElementSet.Floats, ["T2"] = ElementSet.Floats, ["U"] = ElementSet.Numbers | ElementSet.Bool, ["I"] = ElementSet.Int64,
    },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        call.RequireRank(0, 3, 4);
        long[] q = SplitShape(call, 0, "q_num_heads");
        long[] k = SplitShape(call, 1, "kv_num_heads");
        long[] v = SplitShape(call, 2, "kv_num_heads");
        if (k[0] != q[0] || v[0] != q[0] || k[1] != v[1] || k[1] == 0 || q[1] % k[1] != 0 || k[2] != v[2] || k[3] != q[3])
        {
            throw call.Invalid("queries, keys and values do not agree in batch, heads, tokens or features");
        }

        if (call.Has(4) != call.Has(5))
        {
            throw call.Invalid("past_key and past_value go together");
        }

        long past = 0;
        if (call.Has(4))
        {
            call.RequireRank(4, 4);
            past = call.Shape(4)[2];
            call.RequireShape(4, k[0], k[1], past, k[3]);
            call.RequireShape(5, k[0], k[1], past, v[3]);
        }

        if (call.Has(6))
        {
            call.RequireShape(6, q[0]);
        }

        long[] scores = [q[0], q[1], q[2], k[2] + past];
        if (call.Has(3) && !ScoreBias.Fits(call.Shape(3), scores, mayBeShorter: true))
        {
            throw call.Invalid($"the mask of the shape {Shapes.Text(call.Shape(3))} does not broadcast to the scores {Shapes.Text(scores)}");
        }

        if (call.Int("qk_matmul_output_mode") is < 0 or > 3)
        {
            throw call.Invalid($"qk_matmul_output_mode is {call.Int("qk_matmul_output_mode")}; wanted 0 to 3");
        }

        OnnxElementType type = call.Type(0).ElementType;
        return
        [
            new(type, call.Type(0).Rank == 4 ? [q[0], q[1], q[2], v[3]] : [q[0], q[2], q[1] * v[3]]),
            new(call.Type(1).ElementType, [k[0], k[1], k[2] + past, k[3]]),
            new(call.Type(2).ElementType, [v[0], v[1], v[2] + past, v[3]]),
            new(type, scores),
        ];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        Heads queries = Read(call, 0, "q_num_heads");
        Heads keys = Read(call, 1, "kv_num_heads").After(call.Has(4) ? Heads.FromSplit(call.Read<double>(4), call.Shape(4)) : null);
        Heads values = Read(call, 2, "kv_num_heads").After(call.Has(5) ? Heads.FromSplit(call.Read<double>(5), call.Shape(5)) : null);
        double[]? scores = call.Wants(3) ? new double[types[3]!.ElementCount] : null;
        AttentionCore core = new()
        {
            Call = call,
            Scale = call.OptionalFloat("scale") ?? 1 / Math.Sqrt(queries.Size),
            Softcap = call.Float("softcap"),
            Bias = Bias(call, queries.Length),
            Stage = (ScoreStage)call.Int("qk_matmul_output_mode"),
        };
        Heads result = core.Run(queries, keys, values, scores);
        return
        [
            TensorElements.Create(types[0]!.ElementType, types[0]!.Shape, types[0]!.Rank == 4 ? result.Values : result.ToPacked()),
            TensorElements.Create(types[1]!.ElementType, types[1]!.Shape, keys.Values),
            TensorElements.Create(types[2]!.ElementType, types[2]!.Shape, values.Values),
            scores is null ? null : TensorElements.Create(types[3]!.ElementType, types[3]!.Shape, scores),
        ];
    }

    private static Func<int, int, int, int, double> Bias(OperatorCall call, int queryCount)
    {
        ScoreBias? mask = call.Has(3) ? new(call.Value(3)) : null;
        long[]? lengths = call.OptionalLongs(6);
        long past = call.Has(4) ? call.Shape(4)[2] : 0;
        bool isCausal = call.Flag("is_causal");
        long left = call.OptionalInt("left_window_size") ?? -1;
        long right = call.OptionalInt("right_window_size") ?? -1;
        return (batch, head, query, key) =>
        {
            // Where the query stands among the keys: behind the past, or at the end of a cache that is filled elsewhere.
            long place = query + (call.Has(4) ? past : lengths is null ? 0 : lengths[batch] - queryCount);
            bool isHidden = (isCausal && key > place) || (left >= 0 && key < place - left) || (right >= 0 && key > place + right)
                || (lengths is not null && key >= lengths[batch]);
            return isHidden ? double.NegativeInfinity : mask?.At(batch, head, query, key) ?? 0;
        };
    }

    private static long[] SplitShape(OperatorCall call, int input, string headsName)
    {
        long[] shape = call.Shape(input);
        call.RequireRank(input, call.Type(0).Rank);
        if (shape.Length == 4)
        {
            return shape;
        }

        long heads = call.Int(headsName);
        return heads > 0 && shape[2] % heads == 0
            ? [shape[0], heads, shape[1], shape[2] / heads]
            : throw call.Invalid($"{shape[2]} features are not a multiple of {headsName} {heads}");
    }

    private static Heads Read(OperatorCall call, int input, string headsName) => call.Type(input).Rank == 4
        ? Heads.FromSplit(call.Read<double>(input), call.Shape(input))
        : Heads.FromPacked(call.Read<double>(input), call.Shape(input), (int)call.Int(headsName));
}
