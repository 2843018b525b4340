using Flightc.IR;

namespace Flightc.Reference;

/// <summary>
/// The float operators over rows of T tokens. Parallel loops write disjoint slots, so threads change no bit.
/// </summary>
/// <param name="threads">The most threads to use.</param>
internal sealed class FloatOperators(int threads)
{
    // So many rows of weights stay in the first-level cache while all tokens pass over them.
    private const int RowsPerBlock = 32;

    // Below this many products, threads cost more than they bring.
    private const long LeastParallelWork = 1 << 16;

    private readonly ParallelOptions _options = new() { MaxDegreeOfParallelism = threads };
    private readonly RotaryRows _rotary = new();

    /// <summary>Rows of a table, times a scale.</summary>
    public static float[] Embedding(ReadOnlySpan<int> ids, float[] table, int width, float scale)
    {
        float[] y = new float[ids.Length * width];
        for (int t = 0; t < ids.Length; t++)
        {
            table.AsSpan(checked(ids[t] * width), width).CopyTo(y.AsSpan(t * width));
        }

        for (int i = 0; scale != 1 && i < y.Length; i++)
        {
            y[i] *= scale;
        }

        return y;
    }

    /// <summary><c>(x × w) ÷ √(sum(x²) ÷ n + ε)</c></summary>
    public static float[] RmsNorm(float[] x, float[] w, float epsilon)
    {
        float[] y = new float[x.Length];
        float[] squares = new float[w.Length];
        for (int start = 0; start < x.Length; start += w.Length)
        {
            for (int i = 0; i < w.Length; i++)
            {
                squares[i] = x[start + i] * x[start + i];
            }

            float root = MathF.Sqrt(FloatSum.Of(squares) / w.Length + epsilon);
            for (int i = 0; i < w.Length; i++)
            {
                y[start + i] = x[start + i] * w[i] / root;
            }
        }

        return y;
    }

    /// <summary><c>(x - μ) ÷ √(sum((x - μ)²) ÷ n + ε) × w</c>, and the bias, if any, behind it; <c>μ = sum(x) ÷ n</c>.</summary>
    public static float[] LayerNorm(float[] x, float[] w, float[]? bias, float epsilon)
    {
        float[] y = new float[x.Length];
        float[] difference = new float[w.Length];
        float[] squares = new float[w.Length];
        for (int start = 0; start < x.Length; start += w.Length)
        {
            float mean = FloatSum.Of(x.AsSpan(start, w.Length)) / w.Length;
            for (int i = 0; i < w.Length; i++)
            {
                difference[i] = x[start + i] - mean;
                squares[i] = difference[i] * difference[i];
            }

            float root = MathF.Sqrt(FloatSum.Of(squares) / w.Length + epsilon);
            for (int i = 0; i < w.Length; i++)
            {
                float scaled = difference[i] / root * w[i];
                y[start + i] = bias is null ? scaled : scaled + bias[i];
            }
        }

        return y;
    }

    /// <summary><c>x + w[position]</c> for consecutive positions.</summary>
    /// <param name="x">(T, columns)</param>
    /// <param name="w">(positions, columns)</param>
    /// <param name="columns">Elements of a row.</param>
    /// <param name="firstRow">The row of w for the first token.</param>
    public static float[] AddPositions(float[] x, float[] w, int columns, int firstRow) =>
        Add(x, w.AsSpan(checked(firstRow * columns), x.Length));

    /// <summary><c>sum(x × w)</c> for every row of w, then the bias, and the residual before all.</summary>
    /// <param name="x">(T, columns)</param>
    /// <param name="w">(rows, columns)</param>
    /// <param name="columns">Elements summed over.</param>
    /// <param name="bias">(rows), or null.</param>
    /// <param name="residual">(T, rows), or null.</param>
    public float[] Linear(float[] x, float[] w, int columns, float[]? bias, float[]? residual)
    {
        int tokens = x.Length / columns;
        int rows = w.Length / columns;
        float[] y = new float[checked(tokens * rows)];
        For((rows + RowsPerBlock - 1) / RowsPerBlock, (long)x.Length * rows, block =>
        {
            int first = block * RowsPerBlock;
            int count = Math.Min(RowsPerBlock, rows - first);
            ReadOnlySpan<float> weights = w.AsSpan(first * columns, count * columns);
            for (int t = 0; t < tokens; t++)
            {
                Span<float> result = y.AsSpan(t * rows + first, count);
                FloatSum.Products(x.AsSpan(t * columns, columns), weights, columns, result);
                // Before the residual, so that joining a product and the sum behind it changes no bit.
                for (int i = 0; bias is not null && i < count; i++)
                {
                    result[i] += bias[first + i];
                }

                for (int i = 0; residual is not null && i < count; i++)
                {
                    result[i] = residual[t * rows + first + i] + result[i];
                }
            }
        });
        return y;
    }

    /// <summary>Turns every head of every token by its position.</summary>
    public float[] Rotary(float[] x, RotaryEmbedding op, int width, int firstPosition)
    {
        float[] y = new float[x.Length];
        int tokens = x.Length / width;
        int half = op.Angles.Dim / 2;
        ReadOnlySpan<float> table = _rotary.Of(op.Angles, firstPosition, tokens);
        x.CopyTo(y, 0);
        for (int t = 0; t < tokens; t++)
        {
            ReadOnlySpan<float> cos = table.Slice(t * op.Angles.Dim, half), sin = table.Slice(
                t * op.Angles.Dim + half, half);
            for (int head = t * width; head < (t + 1) * width; head += op.HeadDim)
            {
                for (int i = 0; i < half; i++)
                {
                    (float a, float b) = (x[head + i], x[head + i + half]);
                    y[head + i] = a * cos[i] - b * sin[i];
                    y[head + i + half] = b * cos[i] + a * sin[i];
                }
            }
        }

        return y;
    }

    /// <summary>Attention of the last T tokens of a cache, causal; a mask, where there is one, applies to all of them.</summary>
    public float[] Attention(float[] q, Attention op, FloatCache cache)
    {
        int width = op.Heads * op.HeadDim;
        int tokens = q.Length / width;
        int before = cache.Count - tokens;
        int kvWidth = op.KvHeads * op.HeadDim;
        float[] y = new float[q.Length];
        For(tokens * op.Heads, (long)q.Length * cache.Count, item =>
        {
            (int t, int head) = (item / op.Heads, item % op.Heads);
            int kvHead = head / (op.Heads / op.KvHeads);
            int offset = t * width + head * op.HeadDim;
            float[] weights = new float[before + t + 1];
            FloatSum.Products(q.AsSpan(offset, op.HeadDim), cache.Keys.AsSpan(kvHead * op.HeadDim), kvWidth, weights);
            Scale(weights, op);
            Hide(op.Mask, head, before + t, weights);
            if (op.Window > 0 && op.Window < weights.Length)
            {
                weights.AsSpan(..^op.Window).Fill(float.NegativeInfinity);
            }

            Softmax(weights);
            FloatSum.Products(
                weights, cache.Values.AsSpan(kvHead * op.HeadDim * cache.Capacity), cache.Capacity,
                y.AsSpan(offset, op.HeadDim));
        });
        return y;
    }

    /// <summary><c>f(x)</c></summary>
    public static float[] Activate(ActivationFunction function, float[] x)
    {
        float[] y = new float[x.Length];
        switch (function)
        {
            case ActivationFunction.Silu:
                FloatExponentials.Silu(x, y);
                break;
            case ActivationFunction.Gelu:
                FloatExponentials.Gelu(x, y);
                break;
            case ActivationFunction.GeluTanh:
                FloatExponentials.GeluTanh(x, y);
                break;
            case ActivationFunction.Relu:
                for (int i = 0; i < x.Length; i++)
                {
                    y[i] = x[i] > 0 ? x[i] : 0;
                }

                break;
            case ActivationFunction.QuickGelu:
                FloatExponentials.QuickGelu(x, y);
                break;
        }

        return y;
    }

    /// <summary><c>c × tanh(x ÷ c)</c></summary>
    public static float[] SoftCap(float[] x, float cap)
    {
        float[] y = new float[x.Length];
        FloatExponentials.Cap(x, cap, y);
        return y;
    }

    /// <summary><c>x × y</c></summary>
    public static float[] Mul(float[] x, float[] y) => Multiply(x.AsSpan().ToArray(), y);

    /// <summary><c>x + y</c></summary>
    public static float[] Add(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        float[] sum = new float[x.Length];
        for (int i = 0; i < sum.Length; i++)
        {
            sum[i] = x[i] + y[i];
        }

        return sum;
    }

    /// <summary><c>f(gate) × up</c></summary>
    public static float[] Gate(ActivationFunction function, float[] gate, float[] up) => Multiply(Activate(function, gate), up);

    private static float[] Multiply(float[] x, float[] y)
    {
        for (int i = 0; i < x.Length; i++)
        {
            x[i] *= y[i];
        }

        return x;
    }

    // Scores of keys that the mask hides from a query become those of probability 0.
    private static void Hide(LayerMask? mask, int head, int query, Span<float> scores)
    {
        for (int block = 0; mask is not null && block * LayerMask.BlockTokens < scores.Length; block++)
        {
            if (!mask.Keeps(head, query / LayerMask.BlockTokens, block))
            {
                int first = block * LayerMask.BlockTokens;
                scores.Slice(first, Math.Min(LayerMask.BlockTokens, scores.Length - first)).Fill(float.NegativeInfinity);
            }
        }
    }

    // The usual scale is a division by √d; it is the one whose bits are oldest.
    private static void Scale(Span<float> scores, Attention op)
    {
        float root = MathF.Sqrt(op.HeadDim);
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] = op.Scale is { } scale ? scores[i] * scale : scores[i] / root;
        }

        if (op.Cap > 0)
        {
            FloatExponentials.Cap(scores, op.Cap, scores);
        }
    }

    // Scores to probabilities, in place.
    private static void Softmax(Span<float> scores)
    {
        float largest = float.NegativeInfinity;
        for (int i = 0; i < scores.Length; i++)
        {
            largest = MathF.Max(largest, scores[i]);
        }

        FloatExponentials.Replace(scores, largest);
        float total = FloatSum.Of(scores);
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] /= total;
        }
    }

    private void For(int count, long work, Action<int> body)
    {
        if (work < LeastParallelWork || _options.MaxDegreeOfParallelism == 1)
        {
            for (int i = 0; i < count; i++)
            {
                body(i);
            }
        }
        else
        {
            Parallel.For(0, count, _options, body);
        }
    }
}
