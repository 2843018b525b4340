namespace Flightc.Onnx.Evaluation;

/// <summary>
/// Attention without a softmax, as a recurrence over a state for each head: plain ("Transformers are RNNs", arXiv 2006.16236), gated (arXiv 2312.06635), with the
/// delta rule (arXiv 2406.06484), or both (arXiv 2412.06464).
/// </summary>
internal sealed class LinearAttentionOperator() : OnnxOperator(new OperatorDefinition("LinearAttention", [27])
{
    Inputs =
    [
        new("query", "T"), new("key", "T"), new("value", "T"), ParameterDefinition.Optional("past_state", "S"), ParameterDefinition.Optional("decay", "T"),
        ParameterDefinition.Optional("beta", "T"),
    ],
    Outputs = [new("output", "T"), new("present_state", "S")],
    Attributes =
    [
        AttributeDefinition.Int("chunk_size", 64), AttributeDefinition.Required("kv_num_heads", AttributeKind.Int),
        AttributeDefinition.Required("q_num_heads", AttributeKind.Int), AttributeDefinition.Float("scale", 0), AttributeDefinition.Text("update_rule", "gated_delta"),
    ],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.Floats, ["S"] = ElementSet.Floats },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        call.RequireRank(0, 3);
        long[] query = call.Shape(0);
        long queryHeads = call.Int("q_num_heads");
        long heads = call.Int("kv_num_heads");
        call.RequireShape(1, query[0], query[1], -1);
        call.RequireShape(2, query[0], query[1], -1);
        if (queryHeads <= 0 || heads <= 0 || queryHeads % heads != 0 || query[2] % queryHeads != 0 || call.Shape(2)[2] % heads != 0
            || call.Shape(1)[2] != query[2] / queryHeads * heads)
        {
            throw call.Invalid($"the features do not make {queryHeads} query heads and {heads} key and value heads");
        }

        string rule = call.Text("update_rule");
        if (rule is not ("linear" or "gated" or "delta" or "gated_delta") || call.Has(4) != Decays(rule) || call.Has(5) != Corrects(rule))
        {
            throw call.Invalid($"update_rule is '{rule}'; wanted linear, gated, delta or gated_delta, with decay for the gated and beta for the delta ones");
        }

        long size = query[2] / queryHeads;
        long valueSize = call.Shape(2)[2] / heads;
        if (call.Has(3))
        {
            call.RequireShape(3, query[0], heads, size, valueSize);
        }

        if (call.Has(4))
        {
            call.RequireShape(4, query[0], query[1], call.Shape(4) is [_, _, var features] && features == heads ? heads : heads * size);
        }

        if (call.Has(5))
        {
            call.RequireShape(5, query[0], query[1], call.Shape(5) is [_, _, 1] ? 1 : heads);
        }

        OnnxElementType type = call.Type(0).ElementType;
        return
        [
            new(type, [query[0], query[1], queryHeads * valueSize]), new(call.Has(3) ? call.Type(3).ElementType : type, [query[0], heads, size, valueSize]),
        ];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        int queryHeads = (int)call.Int("q_num_heads");
        int headCount = (int)call.Int("kv_num_heads");
        Heads queries = Heads.FromPacked(call.Read<double>(0), call.Shape(0), queryHeads);
        Heads keys = Heads.FromPacked(call.Read<double>(1), call.Shape(1), headCount);
        Heads values = Heads.FromPacked(call.Read<double>(2), call.Shape(2), headCount);
        Heads? decays = call.Has(4) ? Heads.FromPacked(call.Read<double>(4), call.Shape(4), headCount) : null;
        Heads? betas = call.Has(5) ? Heads.FromPacked(call.Read<double>(5), call.Shape(5), call.Shape(5)[2] == 1 ? 1 : headCount) : null;
        double scale = call.Float("scale") is 0 ? 1 / Math.Sqrt(queries.Size) : call.Float("scale");
        double[] state = call.Has(3) ? call.Read<double>(3).ToArray() : new double[types[1]!.ElementCount];
        Heads result = new(new double[types[0]!.ElementCount], queries.BatchCount, queryHeads, queries.Length, values.Size);
        int stateSize = keys.Size * values.Size;
        call.RequireBoundedWork(queries.BatchCount, queryHeads, queries.Length, stateSize);
        for (int line = 0; line < queries.BatchCount * headCount; line++)
        {
            (int batch, int head) = (line / headCount, line % headCount);
            Span<double> own = state.AsSpan(line * stateSize, stateSize);
            for (int token = 0; token < queries.Length; token++)
            {
                ReadOnlySpan<double> decay = decays is null ? default : decays.Row(batch, head, token);
                double beta = betas is null ? double.NaN : betas.Row(batch, head % betas.HeadCount, token)[0];
                Step(own, keys.Row(batch, head, token), values.Row(batch, head, token), decay, beta);
                for (int shared = 0; shared < queryHeads / headCount; shared++)
                {
                    int query = head * (queryHeads / headCount) + shared;
                    Retrieve(own, queries.Row(batch, query, token), scale, result.Row(batch, query, token));
                }
            }
        }

        return
        [
            TensorElements.Create(types[0]!.ElementType, types[0]!.Shape, result.ToPacked()), TensorElements.Create(types[1]!.ElementType, types[1]!.Shape, state),
        ];
    }

    private static bool Decays(string rule) => rule is "gated" or "gated_delta";

    private static bool Corrects(string rule) => rule is "delta" or "gated_delta";

    // beta is NaN where nothing is corrected.
    private static void Step(Span<double> state, ReadOnlySpan<double> key, ReadOnlySpan<double> value, ReadOnlySpan<double> decay, double beta)
    {
        int width = value.Length;
        for (int i = 0; decay.Length > 0 && i < state.Length; i++)
        {
            state[i] *= PortableFunctions.Exp(decay[decay.Length == 1 ? 0 : i / width]);
        }

        double[] update = value.ToArray();
        if (!double.IsNaN(beta))
        {
            double[] known = new double[width];
            Retrieve(state, key, 1, known);
            for (int i = 0; i < width; i++)
            {
                update[i] = beta * (update[i] - known[i]);
            }
        }

        for (int i = 0; i < state.Length; i++)
        {
            state[i] += key[i / width] * update[i % width];
        }
    }

    private static void Retrieve(ReadOnlySpan<double> state, ReadOnlySpan<double> query, double scale, Span<double> result)
    {
        for (int i = 0; i < state.Length; i++)
        {
            result[i % result.Length] += scale * query[i / result.Length] * state[i];
        }
    }
}
