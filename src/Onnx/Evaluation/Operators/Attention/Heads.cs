namespace Flightc.Onnx.Evaluation;

/// <summary>Queries, keys or values by batch, head and token.</summary>
/// <param name="Values">Element (batch, head, token, feature) at ((batch · HeadCount + head) · Length + token) · Size + feature.</param>
/// <param name="BatchCount">Sequences.</param>
/// <param name="HeadCount">Heads.</param>
/// <param name="Length">Tokens.</param>
/// <param name="Size">Features of a head.</param>
internal sealed record Heads(double[] Values, int BatchCount, int HeadCount, int Length, int Size)
{
    /// <summary>As <c>[batch, head, token, feature]</c>.</summary>
    public long[] SplitShape => [BatchCount, HeadCount, Length, Size];

    /// <summary>Of a value laid out as that.</summary>
    public static Heads FromSplit(ReadOnlySpan<double> values, long[] shape) => new(values.ToArray(), (int)shape[0], (int)shape[1], (int)shape[2], (int)shape[3]);

    /// <summary>Of columns of <c>[batch, token, …]</c>, the heads one after another.</summary>
    /// <param name="values">Rows of <paramref name="stride"/> numbers, one for each token.</param>
    /// <param name="batchCount">Sequences.</param>
    /// <param name="length">Tokens.</param>
    /// <param name="stride">From token to token.</param>
    /// <param name="first">Where the first head starts within a row.</param>
    /// <param name="headCount">Heads.</param>
    /// <param name="headStride">From head to head.</param>
    /// <param name="size">Features of a head.</param>
    public static Heads FromRows(ReadOnlySpan<double> values, int batchCount, int length, int stride, int first, int headCount, int headStride, int size)
    {
        double[] result = new double[batchCount * headCount * length * size];
        int at = 0;
        for (int batch = 0; batch < batchCount; batch++)
        {
            for (int head = 0; head < headCount; head++)
            {
                for (int token = 0; token < length; token++)
                {
                    values.Slice((batch * length + token) * stride + first + head * headStride, size).CopyTo(result.AsSpan(at));
                    at += size;
                }
            }
        }

        return new(result, batchCount, headCount, length, size);
    }

    /// <summary>Of <c>[batch, token, heads · features]</c>.</summary>
    public static Heads FromPacked(ReadOnlySpan<double> values, long[] shape, int headCount)
    {
        int size = (int)shape[2] / headCount;
        return FromRows(values, (int)shape[0], (int)shape[1], (int)shape[2], 0, headCount, size, size);
    }

    /// <summary>The features of a token.</summary>
    public Span<double> Row(int batch, int head, int token) => Values.AsSpan(((batch * HeadCount + head) * Length + token) * Size, Size);

    /// <summary>As <c>[batch, token, heads · features]</c>.</summary>
    public double[] ToPacked()
    {
        double[] result = new double[Values.Length];
        int at = 0;
        for (int batch = 0; batch < BatchCount; batch++)
        {
            for (int token = 0; token < Length; token++)
            {
                for (int head = 0; head < HeadCount; head++)
                {
                    Row(batch, head, token).CopyTo(result.AsSpan(at));
                    at += Size;
                }
            }
        }

        return result;
    }

    /// <summary>The past and, behind it, these.</summary>
    public Heads After(Heads? past)
    {
        if (past is null)
        {
            return this;
        }

        Heads both = new(new double[BatchCount * HeadCount * (past.Length + Length) * Size], BatchCount, HeadCount, past.Length + Length, Size);
        for (int batch = 0; batch < BatchCount; batch++)
        {
            both.Write(past, batch, 0, past.Length);
            both.Write(this, batch, past.Length, Length);
        }

        return both;
    }

    /// <summary>Copies the first tokens of a sequence of <paramref name="source"/> to <paramref name="start"/> and behind.</summary>
    public void Write(Heads source, int batch, int start, int count)
    {
        for (int head = 0; head < HeadCount; head++)
        {
            for (int token = 0; token < count; token++)
            {
                source.Row(batch, head, token).CopyTo(Row(batch, head, start + token));
            }
        }
    }

    /// <summary>With a vector of <c>heads · features</c> added to every token.</summary>
    public Heads Plus(ReadOnlySpan<double> bias)
    {
        double[] result = [.. Values];
        for (int i = 0; i < result.Length; i++)
        {
            int head = i / Size / Length % HeadCount;
            result[i] += bias[head * Size + i % Size];
        }

        return this with { Values = result };
    }
}
