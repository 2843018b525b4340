using Flightc.IR;
using static Flightc.Reference.QuantizedArithmetic;

namespace Flightc.Reference;

/// <summary>The operators of docs/numerics.md §3, each for one token.</summary>
internal static class QuantizedOperators
{
    // 2^24: the fraction bits of the softmax denominator.
    private const float DenominatorUnit = 16777216;

    // The largest 14-bit probability.
    private const float ProbabilityLimit = 16383;

    // f32 nearest to 2^24 / 16383.
    private const float OutputUnit = (float)(16777216.0 / 16383.0);

    public static TokenValue Embedding(int id, QuantizedMatrix table, float scale)
    {
        float[] x = new float[table.Columns];
        for (int k = 0; k < x.Length; k++)
        {
            float multiplier = table.Multipliers[(id * (long)table.Groups) + (k / table.Format.GroupSize)];
            x[k] = ((table.RowScales[id] * multiplier) * (float)table.Codes[(id * (long)table.Columns) + k]) * scale;
        }

        return new(x);
    }

    public static TokenValue Quantize(float[] x)
    {
        sbyte[] codes = new sbyte[x.Length];
        float a = LargestMagnitude(x);
        if (IsNegligible(a))
        {
            return new(codes, 0);
        }

        FillCodes(x, 127 / a, codes);
        return new(codes, a / 127);
    }

    public static TokenValue RmsNormQuantize(float[] x, float[] weight, float epsilon)
    {
        float[] t = new float[x.Length];
        float[] squares = new float[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            t[i] = x[i] * weight[i];
            squares[i] = x[i] * x[i];
        }

        TokenValue quantized = Quantize(t);
        float meanSquare = Sum(squares) / (float)x.Length;
        float r = 1 / MathF.Sqrt(meanSquare + epsilon);
        return new(quantized.Codes, quantized.Scales[0] * r);
    }

    /// <param name="x">heads · d elements, or one head.</param>
    /// <param name="weight">d elements, for every head.</param>
    /// <param name="epsilon">ε.</param>
    public static TokenValue RmsNorm(float[] x, float[] weight, float epsilon)
    {
        float[] y = new float[x.Length];
        for (int head = 0; head < x.Length; head += weight.Length)
        {
            Normalize(x.AsSpan(head, weight.Length), weight, null, epsilon, y.AsSpan(head, weight.Length));
        }

        return new(y);
    }

    public static TokenValue LayerNorm(float[] x, float[] weight, float[]? bias, float epsilon)
    {
        float mean = Sum(x) / (float)x.Length;
        float[] difference = [.. x.Select(element => element - mean)];
        float[] y = new float[x.Length];
        Normalize(difference, weight, bias, epsilon, y);
        return new(y);
    }

    public static TokenValue AddPositions(float[] x, float[] table, int row)
    {
        float[] y = new float[x.Length];
        for (int i = 0; i < y.Length; i++)
        {
            y[i] = x[i] + table[checked((row * x.Length) + i)];
        }

        return new(y);
    }

    public static TokenValue Add(float[] x, float[] y) => new([.. x.Zip(y, (a, b) => a + b)]);

    public static TokenValue SoftCap(float[] x, float cap) => new([.. x.Select(element => Cap(element, cap))]);

    public static TokenValue Activation(ActivationFunction function, float[] x) => new([.. x.Select(element => Activate(function, element))]);

    public static TokenValue Linear(TokenValue x, QuantizedMatrix weight, float[]? bias, float[]? residual)
    {
        float[] y = new float[weight.Rows];
        for (int n = 0; n < y.Length; n++)
        {
            y[n] = (weight.RowScales[n] * x.Scales[0]) * (float)RowProduct(x.Codes, weight, n);
            if (residual is not null)
            {
                y[n] = residual[n] + y[n];
            }

            if (bias is not null)
            {
                y[n] = y[n] + bias[n];
            }
        }

        return new(y);
    }

    /// <param name="x">heads · d elements.</param>
    /// <param name="headDim">d.</param>
    /// <param name="row">r/2 cosines, then r/2 sines, for the first r elements of a head.</param>
    public static float[] Rotate(float[] x, int headDim, ReadOnlySpan<float> row)
    {
        float[] y = [.. x];
        int half = row.Length / 2;
        for (int head = 0; head < x.Length; head += headDim)
        {
            for (int i = 0; i < half; i++)
            {
                float first = x[head + i], second = x[head + half + i];
                float cos = row[i], sin = row[half + i];
                y[head + i] = (first * cos) - (second * sin);
                y[head + half + i] = (second * cos) + (first * sin);
            }
        }

        return y;
    }

    public static TokenValue QuantizeHeads(float[] x, int headDim, HeadForm form)
    {
        sbyte[] codes = new sbyte[x.Length];
        float[] scales = new float[x.Length / headDim];
        for (int head = 0; head < scales.Length; head++)
        {
            int start = head * headDim;
            float[] values = x[start..(start + headDim)];
            TokenValue quantized = form switch
            {
                HeadForm.Query => Quantize(values),
                HeadForm.Cache => QuantizeForCache(values, RoundToHalf(LargestMagnitude(values) / 127), -127, 127),
                HeadForm.Values4 => QuantizeForCache(values, RoundToHalf(LargestMagnitude(values) / 7), -7, 7),
                HeadForm.Keys4 => QuantizeForCache(values, KeyScale(values), -8, 7),
            };
            quantized.Codes.CopyTo(codes, start);
            scales[head] = quantized.Scales[0];
        }

        return new(codes, scales);
    }

    public static TokenValue GatedActivation(ActivationFunction function, float[] gate, float[] up)
    {
        float[] y = new float[gate.Length];
        for (int i = 0; i < y.Length; i++)
        {
            y[i] = Activate(function, gate[i]) * up[i];
        }

        return new(y);
    }

    /// <param name="op">Heads and their size, and the mask that applies to the token.</param>
    /// <param name="query">The token's query.</param>
    /// <param name="keys">Keys of the tokens so far, this one included.</param>
    /// <param name="values">Values of the same tokens.</param>
    public static TokenValue Attention(Attention op, TokenValue query, List<TokenValue> keys, List<TokenValue> values)
    {
        float[] y = new float[op.Heads * op.HeadDim];
        for (int head = 0; head < op.Heads; head++)
        {
            AttendHead(op, head, query, keys, values, y.AsSpan(head * op.HeadDim, op.HeadDim));
        }

        return new(y);
    }

    private static void AttendHead(
        Attention op, int head, TokenValue query, List<TokenValue> keys, List<TokenValue> values, Span<float> y)
    {
        int kvHead = head / (op.Heads / op.KvHeads);
        float c = ScoreFactor(op);
        float[] s = new float[keys.Count];
        float largestScore = float.NegativeInfinity, largestScale = 0;
        int token = s.Length - 1;
        bool IsVisible(int key) => (op.Window == 0 || token - key < op.Window) &&
            (op.Mask?.Keeps(head, token / LayerMask.BlockTokens, key / LayerMask.BlockTokens) ?? true);
        for (int t = 0; t < s.Length; t++)
        {
            if (!IsVisible(t))
            {
                continue;
            }

            int product = 0;
            for (int i = 0; i < op.HeadDim; i++)
            {
                product += query.Codes[head * op.HeadDim + i] * keys[t].Codes[kvHead * op.HeadDim + i];
            }

            s[t] = (float)product * ((query.Scales[head] * c) * keys[t].Scales[kvHead]);
            largestScore = MathF.Max(largestScore, s[t]);
            largestScale = MathF.Max(largestScale, values[t].Scales[kvHead]);
        }

        if (largestScale == 0)
        {
            return;
        }

        // Scores are in units of log2(e), and so is the cap.
        float cap = (float)(op.Cap * 1.4426950408889634);
        if (cap > 0)
        {
            largestScore = Cap(largestScore, cap);
        }

        long denominator = 0;
        long[] sums = new long[op.HeadDim];
        for (int t = 0; t < s.Length; t++)
        {
            if (!IsVisible(t))
            {
                continue;
            }

            float e = Exp2((cap > 0 ? Cap(s[t], cap) : s[t]) - largestScore);
            denominator += (long)MathF.Round(e * DenominatorUnit);
            long probability = (long)MathF.Round(e * (values[t].Scales[kvHead] * (ProbabilityLimit / largestScale)));
            for (int i = 0; i < op.HeadDim; i++)
            {
                sums[i] += probability * values[t].Codes[kvHead * op.HeadDim + i];
            }
        }

        for (int i = 0; i < op.HeadDim; i++)
        {
            y[i] = (float)sums[i] * ((largestScale * OutputUnit) / (float)denominator);
        }
    }

    // Two forms, since 1/√d is not a binary64: the first is how docs/numerics.md defines the usual factor.
    private static float ScoreFactor(Attention op) =>
        op.Scale is { } scale ? (float)(1.4426950408889634 * scale) : (float)(1.4426950408889634 / Math.Sqrt(op.HeadDim));

    private static void Normalize(ReadOnlySpan<float> x, float[] weight, float[]? bias, float epsilon, Span<float> y)
    {
        float[] squares = new float[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            squares[i] = x[i] * x[i];
        }

        float r = 1 / MathF.Sqrt((Sum(squares) / (float)x.Length) + epsilon);
        for (int i = 0; i < x.Length; i++)
        {
            y[i] = (x[i] * r) * weight[i];
            if (bias is not null)
            {
                y[i] = y[i] + bias[i];
            }
        }
    }

    // The sign is such that an element of the largest magnitude has the code -8.
    private static float KeyScale(float[] x)
    {
        float a = LargestMagnitude(x);
        float h = RoundToHalf(a / 8);
        return Array.IndexOf(x, -a) >= 0 ? h : -h;
    }

    private static TokenValue QuantizeForCache(float[] x, float h, int least, int most)
    {
        sbyte[] codes = new sbyte[x.Length];
        if (IsNegligible(LargestMagnitude(x)) || h == 0)
        {
            return new(codes, 0);
        }

        float inverse = 1 / h;
        for (int i = 0; i < codes.Length; i++)
        {
            codes[i] = (sbyte)Math.Clamp(MathF.Round(x[i] * inverse), least, most);
        }

        return new(codes, h);
    }

    private static int RowProduct(sbyte[] x, QuantizedMatrix weight, int row)
    {
        ReadOnlySpan<sbyte> codes = weight.Codes.AsSpan(checked(row * weight.Columns), weight.Columns);
        int sum = 0;
        for (int group = 0; group < weight.Groups; group++)
        {
            int start = group * weight.Format.GroupSize;
            int end = Math.Min(start + weight.Format.GroupSize, codes.Length);
            int groupSum = 0;
            for (int k = start; k < end; k++)
            {
                groupSum += codes[k] * x[k];
            }

            sum += weight.Multipliers[(row * (long)weight.Groups) + group] * groupSum;
        }

        return sum;
    }
}
