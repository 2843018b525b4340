namespace Flightc.Onnx.Evaluation;

/// <summary>Where queries, keys and values of a <c>MultiHeadAttention</c> stand.</summary>
/// <remarks>
/// Either three inputs <c>[batch, token, heads · features]</c>; or keys and values as <c>[batch, heads, token, features]</c>; or keys and values packed as
/// <c>[batch, token, heads, 2, features]</c>; or all three as <c>[batch, token, heads, 3, features]</c>.
/// </remarks>
internal sealed record MultiHeadLayout(long Batch, long HeadCount, long QueryCount, long KeyCount, long Size, long ValueSize)
{
    /// <summary>The layout of a call.</summary>
    public static MultiHeadLayout Of(OperatorCall call)
    {
        long heads = call.Int("num_heads");
        long[] query = call.Shape(0);
        if (!call.Has(1))
        {
            call.RequireShape(0, -1, -1, heads, 3, -1);
            return Checked(call, new(query[0], heads, query[1], query[1], query[4], query[4]));
        }

        call.RequireRank(0, 3);
        if (heads < 1 || query[2] % heads != 0)
        {
            throw call.Invalid($"{query[2]} features do not make {heads} heads");
        }

        long size = query[2] / heads;
        long[] key = call.Shape(1);
        if (!call.Has(2))
        {
            call.RequireShape(1, query[0], -1, heads, 2, size);
            return Checked(call, new(query[0], heads, query[1], key[1], size, size));
        }

        if (key.Length == 4)
        {
            call.RequireShape(1, query[0], heads, -1, size);
            call.RequireShape(2, query[0], heads, key[2], -1);
            return Checked(call, new(query[0], heads, query[1], key[2], size, call.Shape(2)[3]));
        }

        call.RequireShape(1, query[0], -1, query[2]);
        call.RequireShape(2, query[0], key[1], -1);
        return call.Shape(2)[2] % heads == 0
            ? Checked(call, new(query[0], heads, query[1], key[1], size, call.Shape(2)[2] / heads))
            : throw call.Invalid($"{call.Shape(2)[2]} features of the values do not make {heads} heads");
    }

    /// <summary>The three, with their bias.</summary>
    public (Heads Queries, Heads Keys, Heads Values) Read(OperatorCall call)
    {
        Heads queries = call.Has(1) ? Heads.FromPacked(call.Read<double>(0), call.Shape(0), (int)HeadCount) : Part(call, 0, 0, 3);
        Heads keys = !call.Has(1) ? Part(call, 0, 1, 3) : !call.Has(2) ? Part(call, 1, 0, 2) : Whole(call, 1);
        Heads values = !call.Has(1) ? Part(call, 0, 2, 3) : !call.Has(2) ? Part(call, 1, 1, 2) : Whole(call, 2);
        if (call.Has(3))
        {
            ReadOnlySpan<double> bias = call.Read<double>(3);
            int width = (int)(HeadCount * Size);
            queries = queries.Plus(bias[..width]);
            keys = keys.Plus(bias[width..(2 * width)]);
            values = values.Plus(bias[(2 * width)..]);
        }

        return (queries, keys, values);
    }

    private static MultiHeadLayout Checked(OperatorCall call, MultiHeadLayout layout)
    {
        if (call.Has(3))
        {
            if (call.Has(1) && call.Type(1).Rank == 4)
            {
                throw call.Unsupported("keys that are split into heads come with a bias", "export the model with separate additions");
            }

            call.RequireShape(3, layout.HeadCount * (2 * layout.Size + layout.ValueSize));
        }

        return layout;
    }

    private Heads Part(OperatorCall call, int input, int part, int parts)
    {
        int size = (int)Size;
        long[] shape = call.Shape(input);
        return Heads.FromRows(
            call.Read<double>(input), (int)shape[0], (int)shape[1], (int)HeadCount * parts * size, part * size, (int)HeadCount, parts * size, size);
    }

    private Heads Whole(OperatorCall call, int input) => call.Type(input).Rank == 4
        ? Heads.FromSplit(call.Read<double>(input), call.Shape(input))
        : Heads.FromPacked(call.Read<double>(input), call.Shape(input), (int)HeadCount);
}
