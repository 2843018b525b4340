using Flightc.IR;
using Flightc.Numerics;

namespace Flightc.Calibration;

/// <summary>The operators of a float Graph and their derivatives, over the T rows of a window.</summary>
/// <param name="threads">The most threads to use; -1 for as many as there are processors.</param>
internal sealed class DifferentiableOperators(int threads)
{
    private readonly ParallelOptions _options = new() { MaxDegreeOfParallelism = threads };
    private (RotaryEmbedding Op, int Tokens, float[] Values)? _table;

    /// <summary>Rows of a table, times a scale.</summary>
    public static float[] Embedding(ReadOnlySpan<int> ids, float[] table, int width, float scale)
    {
        float[] y = new float[ids.Length * width];
        for (int t = 0; t < ids.Length; t++)
        {
            table.AsSpan(ids[t] * width, width).CopyTo(y.AsSpan(t * width));
        }

        for (int i = 0; scale != 1 && i < y.Length; i++)
        {
            y[i] *= scale;
        }

        return y;
    }

    /// <summary><c>x + w[position + offset]</c></summary>
    public static float[] AddPositions(float[] x, float[] w, int tokens, int offset) =>
        Add(x, w.AsSpan(x.Length / tokens * offset, x.Length).ToArray());

    /// <summary><c>x × w ÷ √(mean(x²) + ε)</c></summary>
    public float[] RmsNorm(float[] x, float[] w, float epsilon)
    {
        float[] y = GC.AllocateUninitializedArray<float>(x.Length);
        Parallel.For(0, x.Length / w.Length, _options, row =>
        {
            ReadOnlySpan<float> from = x.AsSpan(row * w.Length, w.Length);
            Span<float> to = y.AsSpan(row * w.Length, w.Length);
            float inverse = InverseRoot(from, epsilon);
            for (int i = 0; i < to.Length; i++)
            {
                to[i] = from[i] * inverse * w[i];
            }
        });
        return y;
    }

    /// <summary>With r = 1 ÷ √(mean(x²) + ε): <c>r·(w·g) - x·r³·mean(w·g·x)</c>.</summary>
    public float[] RmsNormGradient(float[] x, float[] w, float epsilon, float[] gradient)
    {
        float[] y = GC.AllocateUninitializedArray<float>(x.Length);
        Parallel.For(0, x.Length / w.Length, _options, number =>
        {
            int start = number * w.Length;
            ReadOnlySpan<float> row = x.AsSpan(start, w.Length), g = gradient.AsSpan(start, w.Length);
            float inverse = InverseRoot(row, epsilon);
            double sum = 0;
            for (int i = 0; i < w.Length; i++)
            {
                sum += (double)g[i] * w[i] * row[i];
            }

            float factor = (float)(sum / w.Length * inverse * inverse * inverse);
            for (int i = 0; i < w.Length; i++)
            {
                y[start + i] = (g[i] * w[i] * inverse) - (row[i] * factor);
            }
        });
        return y;
    }

    /// <summary><c>(x - μ) ÷ √(mean((x - μ)²) + ε) × w + b</c>, μ = mean x.</summary>
    public float[] LayerNorm(float[] x, float[] w, float[]? bias, float epsilon)
    {
        float[] y = RmsNorm(Centred(x, w.Length), w, epsilon);
        for (int i = 0; bias is not null && i < y.Length; i++)
        {
            y[i] += bias[i % bias.Length];
        }

        return y;
    }

    /// <summary>The gradient of <see cref="RmsNorm"/> at x - μ, less its own mean.</summary>
    public float[] LayerNormGradient(float[] x, float[] w, float epsilon, float[] gradient) =>
        Centred(RmsNormGradient(Centred(x, w.Length), w, epsilon, gradient), w.Length);

    /// <summary><c>x · wᵀ</c>, and the bias, if any.</summary>
    public float[] Linear(float[] x, float[] w, float[]? bias, int tokens)
    {
        int columns = x.Length / tokens;
        int rows = w.Length / columns;
        float[] y = new float[checked(tokens * rows)];
        for (int t = 0; bias is not null && t < tokens; t++)
        {
            bias.CopyTo(y, t * rows);
        }

        MatrixProduct.AddTransposed(x, w, y, tokens, columns, rows, threads);
        return y;
    }

    /// <summary><c>g · w</c></summary>
    public float[] LinearGradient(float[] gradient, float[] w, int tokens)
    {
        int rows = gradient.Length / tokens;
        int columns = w.Length / rows;
        float[] y = new float[checked(tokens * columns)];
        MatrixProduct.Add(gradient, w, y, tokens, rows, columns, threads);
        return y;
    }

    /// <summary>Turns every head of every token by its position, or back.</summary>
    public float[] Rotary(float[] x, RotaryEmbedding op, int tokens, bool inverse)
    {
        float[] y = (float[])x.Clone();
        int width = x.Length / tokens;
        int turned = op.Angles.Dim, half = turned / 2;
        float[] table = TableOf(op, tokens);
        Parallel.For(0, tokens, _options, t =>
        {
            ReadOnlySpan<float> cos = table.AsSpan(t * turned, half), sin = table.AsSpan((t * turned) + half, half);
            for (int head = t * width; head < (t + 1) * width; head += op.HeadDim)
            {
                for (int i = 0; i < half; i++)
                {
                    (float a, float b, float s) = (x[head + i], x[head + i + half], inverse ? -sin[i] : sin[i]);
                    y[head + i] = (a * cos[i]) - (b * s);
                    y[head + i + half] = (b * cos[i]) + (a * s);
                }
            }
        });
        return y;
    }

    // Windows mostly have one length, and layers one kind of positions: the last table is kept.
    private float[] TableOf(RotaryEmbedding op, int tokens)
    {
        if (_table is not { } kept || kept.Tokens != tokens || !kept.Op.Equals(op))
        {
            float[] values = new float[tokens * op.Angles.Dim];
            RotaryTable.Fill(op.Angles, 0, tokens, values);
            _table = kept = (op, tokens, values);
        }

        return kept.Values;
    }

    /// <summary>Causal attention within the window.</summary>
    /// <param name="q">(T, heads · d)</param>
    /// <param name="k">(T, kvHeads · d)</param>
    /// <param name="v">(T, kvHeads · d)</param>
    /// <param name="op">Heads and d.</param>
    /// <param name="tokens">T</param>
    public float[] Attention(float[] q, float[] k, float[] v, Attention op, int tokens)
    {
        float[] y = new float[q.Length];
        Parallel.For(0, op.Heads, _options, head =>
        {
            HeadOperands x = new(q, k, v, op, tokens, head);
            float[] p = Probabilities(x, op, tokens);
            float[] o = new float[tokens * op.HeadDim];
            MatrixProduct.Add(p, x.Values, o, tokens, tokens, op.HeadDim, threads: 1);
            HeadOperands.Put(o, y, op.Heads * op.HeadDim, head, op.HeadDim, tokens);
        });
        return y;
    }

    /// <summary>The gradients of q, k and v: with P = softmax(S), dS = P ∘ (dP - rowsum(dP ∘ P)).</summary>
    public (float[] Q, float[] K, float[] V) AttentionGradient(
        float[] q, float[] k, float[] v, Attention op, int tokens, float[] gradient)
    {
        float[] dq = new float[q.Length];
        float[][] dk = new float[op.Heads][], dv = new float[op.Heads][];
        Parallel.For(0, op.Heads, _options, head =>
        {
            int d = op.HeadDim;
            HeadOperands x = new(q, k, v, op, tokens, head);
            float[] slopes = op.Cap > 0 ? new float[tokens * tokens] : [];
            float[] p = Probabilities(x, op, tokens, slopes);
            float[] g = HeadOperands.Take(gradient, op.Heads * d, head, d, tokens);
            float[] s = new float[tokens * tokens];
            MatrixProduct.AddTransposed(g, x.Values, s, tokens, d, tokens, threads: 1);
            for (int t = 0; t < tokens; t++)
            {
                Span<float> row = s.AsSpan(t * tokens, tokens);
                ReadOnlySpan<float> weights = p.AsSpan(t * tokens, tokens);
                double sum = 0;
                for (int i = 0; i <= t; i++)
                {
                    sum += (double)row[i] * weights[i];
                }

                for (int i = 0; i < tokens; i++)
                {
                    row[i] = weights[i] * (row[i] - (float)sum) * (slopes.Length > 0 ? slopes[(t * tokens) + i] : 1) * (float)op.Factor;
                }
            }

            float[] result = new float[tokens * d];
            MatrixProduct.Add(s, x.Keys, result, tokens, tokens, d, threads: 1);
            HeadOperands.Put(result, dq, op.Heads * d, head, d, tokens);
            dk[head] = ProductOfTransposed(s, x.Queries, tokens, d);
            dv[head] = ProductOfTransposed(p, g, tokens, d);
        });
        return (dq, SumOfHeads(dk, op, tokens), SumOfHeads(dv, op, tokens));
    }

    /// <summary><c>x × y</c></summary>
    public static float[] Mul(float[] x, float[] y)
    {
        float[] z = GC.AllocateUninitializedArray<float>(x.Length);
        Span<float> to = z;
        ReadOnlySpan<float> a = x, b = y.AsSpan(0, x.Length);
        for (int i = 0; i < to.Length; i++)
        {
            to[i] = a[i] * b[i];
        }

        return z;
    }

    /// <summary><c>x + y</c></summary>
    public static float[] Add(float[] x, float[] y)
    {
        float[] z = GC.AllocateUninitializedArray<float>(x.Length);
        Span<float> to = z;
        ReadOnlySpan<float> a = x, b = y.AsSpan(0, x.Length);
        for (int i = 0; i < to.Length; i++)
        {
            to[i] = a[i] + b[i];
        }

        return z;
    }

    /// <summary>The probabilities of a head, (T, T); 0 for keys that a token does not see.</summary>
    /// <param name="x">The head.</param>
    /// <param name="op">Scale, window and cap.</param>
    /// <param name="tokens">T</param>
    /// <param name="slopes">Gets the derivative of capped scores, (T, T), unless it is empty.</param>
    internal static float[] Probabilities(HeadOperands x, Attention op, int tokens, Span<float> slopes = default)
    {
        float[] p = new float[tokens * tokens];
        MatrixProduct.AddTransposed(x.Queries, x.Keys, p, tokens, op.HeadDim, tokens, threads: 1);
        float scale = op.Scale ?? (1 / MathF.Sqrt(op.HeadDim));
        for (int t = 0; t < tokens; t++)
        {
            Span<float> row = p.AsSpan(t * tokens, tokens);
            int first = op.Window == 0 ? 0 : Math.Max(0, t + 1 - op.Window);
            Span<float> visible = row[first..(t + 1)];
            VectorRows.Scale(scale, visible);
            for (int i = 0; op.Cap > 0 && i < visible.Length; i++)
            {
                float tanh = DifferentiableActivations.Tanh(visible[i] / op.Cap);
                visible[i] = op.Cap * tanh;
                if (slopes.Length > 0)
                {
                    slopes[(t * tokens) + first + i] = 1 - (tanh * tanh);
                }
            }

            float largest = VectorRows.Largest(visible);

            PortableExp.Replace(visible, largest);
            double sum = 0;
            for (int i = 0; i < visible.Length; i++)
            {
                sum += visible[i];
            }

            float inverse = (float)(1 / sum);
            VectorRows.Scale(inverse, visible);

            row[..first].Clear();
            row[(t + 1)..].Clear();
        }

        return p;
    }

    private static float[] ProductOfTransposed(float[] square, float[] x, int tokens, int d)
    {
        float[] transposed = new float[square.Length];
        MatrixProduct.Transpose(square, transposed, tokens, tokens);
        float[] result = new float[tokens * d];
        MatrixProduct.Add(transposed, x, result, tokens, tokens, d, threads: 1);
        return result;
    }

    // In order of the heads, so that threads change nothing.
    private static float[] SumOfHeads(float[][] parts, Attention op, int tokens)
    {
        int d = op.HeadDim;
        int shared = op.Heads / op.KvHeads;
        float[] y = new float[tokens * op.KvHeads * d];
        for (int kvHead = 0; kvHead < op.KvHeads; kvHead++)
        {
            float[] sum = parts[kvHead * shared];
            for (int i = 1; i < shared; i++)
            {
                sum = Add(sum, parts[(kvHead * shared) + i]);
            }

            HeadOperands.Put(sum, y, op.KvHeads * d, kvHead, d, tokens);
        }

        return y;
    }

    private static float[] Centred(float[] x, int columns)
    {
        float[] y = new float[x.Length];
        for (int start = 0; start < x.Length; start += columns)
        {
            double sum = 0;
            for (int i = start; i < start + columns; i++)
            {
                sum += x[i];
            }

            float mean = (float)(sum / columns);
            for (int i = start; i < start + columns; i++)
            {
                y[i] = x[i] - mean;
            }
        }

        return y;
    }

    private static float InverseRoot(ReadOnlySpan<float> x, float epsilon)
    {
        double sum = 0;
        foreach (float value in x)
        {
            sum += (double)value * value;
        }

        return (float)(1 / Math.Sqrt((sum / x.Length) + epsilon));
    }
}
