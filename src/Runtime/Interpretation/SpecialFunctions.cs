using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Runtime.Interpretation;

/// <summary>The special-function unit, an instruction a method, in the order of their modes; those on plain rows are in
/// SpecialFunctions.Rows.cs.</summary>
internal static partial class SpecialFunctions
{
    private const int SegmentElements = 64;
    private const float ProbabilityOne = 16383f;
    private const float SumOne = 16777216f;

    /// <summary>misc.embed</summary>
    public static void Execute(DequantizeRows instruction, Scratch scratch)
    {
        long group = instruction.Group.Constant;
        long columns = instruction.Columns.Constant;
        long first = instruction.First.Constant;
        if (group == 0)
        {
            throw new CompilationException(
                Codes.ProgramInvalid, "the field 'group' evaluates to 0, and a group has columns");
        }

        long bits = instruction.Bits.Constant;
        if (bits is < 2 or > 8)
        {
            throw new CompilationException(
                Codes.ProgramInvalid, $"the field 'bits' evaluates to {bits}, and a code has 2 to 8");
        }

        float factor = BitConverter.UInt32BitsToSingle((uint)instruction.Scale.Constant);
        long multipliers = (columns + group - 1) / group;
        for (long t = 0; t < instruction.Tokens.Constant; t++)
        {
            long row = instruction.Source.Constant + (t * instruction.Stride.Constant);
            float scale = scratch.Float(row);
            Span<byte> m = scratch.Bytes(row + sizeof(float), multipliers);
            Span<byte> c = scratch.Bytes(row + sizeof(float) + multipliers, ((columns * bits) + 7) / 8);
            Span<float> x = scratch.Floats(
                instruction.Out.Constant + (t * instruction.OutStride.Constant), instruction.Count.Constant);
            if (first > columns - x.Length)
            {
                throw new CompilationException(
                    Codes.ProgramInvalid,
                    $"the instruction wants columns {first} to {first + x.Length - 1} of {columns}");
            }

            for (int i = 0; i < x.Length; i++)
            {
                int k = (int)first + i;
                x[i] = ((scale * m[(int)(k / group)]) * Code(c, k, (int)bits)) * factor;
            }
        }
    }

    // Bit by bit, the highest one with the sign.
    private static int Code(ReadOnlySpan<byte> stream, long number, int bits)
    {
        int code = 0;
        for (int i = 0; i < bits; i++)
        {
            long place = (number * bits) + i;
            int bit = (stream[(int)(place / 8)] >> (int)(place % 8)) & 1;
            code += (i == bits - 1 ? -bit : bit) << i;
        }

        return code;
    }

    /// <summary>misc.measure</summary>
    public static void Execute(Measure instruction, Scratch scratch)
    {
        Span<float> squares = stackalloc float[SegmentElements];
        for (long t = 0; t < instruction.Tokens.Constant; t++)
        {
            Span<float> x = scratch.Floats(
                instruction.Source.Constant + (t * instruction.Stride.Constant), instruction.Count.Constant);
            Span<float> w = Weights(instruction.Weighted, instruction.Weight, x.Length, scratch);
            float a = 0f;
            for (int i = 0; i < x.Length; i++)
            {
                a = MathF.Max(a, MathF.Abs(w.IsEmpty ? x[i] : x[i] * w[i]));
            }

            scratch.Float(instruction.Maxima.Constant + (4 * t)) = a;
            for (int first = 0; first < x.Length && instruction.Squares.Constant == 1; first += SegmentElements)
            {
                int count = Math.Min(SegmentElements, x.Length - first);
                for (int i = 0; i < count; i++)
                {
                    squares[i] = x[first + i] * x[first + i];
                }

                long segment = first / SegmentElements;
                scratch.Float(instruction.Sums.Constant + (t * instruction.SumStride.Constant) + (4 * segment)) =
                    Arithmetic.SegmentSum(squares[..count]);
            }
        }
    }

    /// <summary>misc.quantize</summary>
    public static void Execute(QuantizeRows instruction, Scratch scratch)
    {
        for (long t = 0; t < instruction.Tokens.Constant; t++)
        {
            Span<float> x = scratch.Floats(
                instruction.Source.Constant + (t * instruction.Stride.Constant), instruction.Count.Constant);
            Span<float> w = Weights(instruction.Weighted, instruction.Weight, x.Length, scratch);
            Span<sbyte> q = scratch.Signed(
                instruction.Codes.Constant + (t * instruction.CodeStride.Constant), x.Length);
            float a = scratch.Float(instruction.Maxima.Constant + (4 * t));
            float scale = 0f;
            if (a < Arithmetic.Negligible)
            {
                q.Clear();
            }
            else
            {
                float inverse = 127f / a;
                for (int i = 0; i < x.Length; i++)
                {
                    q[i] = Arithmetic.Clamp127((w.IsEmpty ? x[i] : x[i] * w[i]) * inverse);
                }

                scale = a / 127f;
                if (instruction.Norm.Constant == 1)
                {
                    scale *= InverseRootMeanSquare(instruction, t, scratch);
                }
            }

            scratch.Float(instruction.Scales.Constant + (4 * t)) = scale;
        }
    }

    /// <summary>misc.heads</summary>
    public static void Execute(QuantizeHeads instruction, Scratch scratch)
    {
        long d = instruction.HeadDim.Constant;
        if (d > scratch.Size / sizeof(float))
        {
            throw new CompilationException(
                Codes.ProgramInvalid,
                $"a head of {d} elements does not fit a scratch of {scratch.Size} bytes");
        }

        int turned = (int)Math.Min(int.MaxValue, instruction.Rotated.Constant);
        if (turned > d || turned % 2 != 0)
        {
            throw new CompilationException(
                Codes.ProgramInvalid,
                $"of a head of {d} elements {turned} cannot be rotated; an even number up to the size of a head can");
        }

        float[] rotated = new float[d];
        for (long t = 0; t < instruction.Tokens.Constant; t++)
        {
            for (long h = 0; h < instruction.Heads.Constant; h++)
            {
                Span<float> x = scratch.Floats(
                    instruction.Source.Constant + (t * instruction.Stride.Constant) + (4 * h * d), d);
                if (turned > 0)
                {
                    x.CopyTo(rotated);
                    Rotate(
                        x[..turned],
                        scratch.Floats(
                            instruction.Table.Constant + (t * instruction.TableStride.Constant), turned),
                        rotated);
                    x = rotated;
                }

                Span<sbyte> codes = scratch.Signed(
                    instruction.Codes.Constant + (t * instruction.CodeStride.Constant) + (h * d), d);
                scratch.Float(instruction.Scales.Constant + (t * instruction.ScaleStride.Constant) + (4 * h)) =
                    QuantizeHead(x, codes, instruction.Cache.Constant);
            }
        }
    }

    /// <summary>misc.softmax</summary>
    public static void Execute(Exponentiate instruction, Scratch scratch)
    {
        long width = instruction.Width.Constant;
        float cap = BitConverter.UInt32BitsToSingle((uint)instruction.Cap.Constant);
        Span<float> values = scratch.Floats(instruction.Values.Constant, width);
        for (long y = 0; y < instruction.Rows.Constant; y++)
        {
            Span<float> scores = scratch.Floats(instruction.Scores.Constant + (4 * y * width), width);
            Span<ushort> probabilities = scratch.Elements<ushort>(instruction.Out.Constant + (2 * y * width), width);
            float maximum = scratch.Float(instruction.Maxima.Constant + (4 * y));
            float valueMaximum = scratch.Float(instruction.ValueMaxima.Constant + (4 * y));
            long sum = 0;
            for (int x = 0; x < scores.Length; x++)
            {
                // What is not visible counts in neither Z nor P. Its capped score would be -C, and where nothing is
                // visible, the maximum is -∞ as well and their difference would not be a number.
                if (float.IsNegativeInfinity(scores[x]))
                {
                    probabilities[x] = 0;
                    continue;
                }

                float e = cap == 0f
                    ? Arithmetic.Exp2(scores[x] - maximum)
                    : Arithmetic.Exp2(Activations.Cap(scores[x], cap) - Activations.Cap(maximum, cap));
                float p = valueMaximum == 0f
                    ? 0f
                    : Arithmetic.RoundToInteger(e * (values[x] * (ProbabilityOne / valueMaximum)));
                if (float.IsNaN(e) || float.IsNaN(p))
                {
                    bool isPoison = Scratch.IsPoison(scores[x]) || Scratch.IsPoison(values[x])
                        || Scratch.IsPoison(maximum) || Scratch.IsPoison(valueMaximum);
                    throw new CompilationException(
                        isPoison ? Codes.ProgramInvalid : Codes.ResultNotFinite,
                        $"the probability of slot {x} in query row {y} is not a number: {(isPoison ? "scratch was read before it was written" : "a query, a key or a value is not finite")}");
                }

                sum += (long)Arithmetic.RoundToInteger(e * SumOne);
                probabilities[x] = (ushort)p;
            }

            scratch.Elements<long>(instruction.Sums.Constant + (8 * y), 1)[0] = sum;
        }
    }

    /// <summary>misc.output</summary>
    public static void Execute(NormalizeHeads instruction, Scratch scratch)
    {
        long group = instruction.Group.Constant;
        long d = instruction.HeadDim.Constant;
        for (long t = 0; t < instruction.Tokens.Constant; t++)
        {
            for (long j = 0; j < group; j++)
            {
                long y = (t * group) + j;
                Span<long> sums = scratch.Elements<long>(instruction.Source.Constant + (8 * y * d), d);
                long z = scratch.Elements<long>(instruction.Sums.Constant + (8 * y), 1)[0];
                float valueMaximum = scratch.Float(instruction.ValueMaxima.Constant + (4 * y));
                Span<float> o = scratch.Floats(
                    instruction.Out.Constant + (t * instruction.OutStride.Constant) + (4 * j * d), d);
                float factor = (valueMaximum * Arithmetic.ProbabilityScale) / z;
                for (int e = 0; e < o.Length; e++)
                {
                    o[e] = valueMaximum == 0f ? 0f : sums[e] * factor;
                }
            }
        }
    }

    private static Span<float> Weights(Operand weighted, Operand address, int count, Scratch scratch) =>
        weighted.Constant == 1 ? scratch.Floats(address.Constant, count) : default;

    private static float InverseRootMeanSquare(QuantizeRows instruction, long token, Scratch scratch)
    {
        float[] sums = scratch
            .Floats(instruction.Sums.Constant + (token * instruction.SumStride.Constant), instruction.Segments.Constant).ToArray();
        float meanSquare = Arithmetic.CombineSegments(sums) / instruction.Total.Constant;
        return 1f / MathF.Sqrt(meanSquare + BitConverter.UInt32BitsToSingle((uint)instruction.Epsilon.Constant));
    }

    private static void Rotate(ReadOnlySpan<float> x, ReadOnlySpan<float> table, Span<float> y)
    {
        int half = x.Length / 2;
        for (int i = 0; i < half; i++)
        {
            float cosine = table[i];
            float sine = table[half + i];
            float first = x[i] * cosine;
            float second = x[i + half] * sine;
            y[i] = first - second;
            first = x[i + half] * cosine;
            second = x[i] * sine;
            y[i + half] = first + second;
        }
    }

    private static float Quantize(ReadOnlySpan<float> x, Span<sbyte> codes)
    {
        float a = LargestMagnitude(x);
        if (a < Arithmetic.Negligible)
        {
            codes.Clear();
            return 0f;
        }

        QuantizeBy(127f / a, x, codes);
        return a / 127f;
    }

    private static float QuantizeHead(ReadOnlySpan<float> x, Span<sbyte> codes, long form) => form switch
    {
        0 => Quantize(x, codes),
        1 => QuantizeForCache(x, codes),
        2 => QuantizeToFourBits(x, codes, 7f, least: -7f),
        3 => QuantizeToFourBits(x, codes, x.Contains(-LargestMagnitude(x)) ? 8f : -8f, least: -8f),
        _ => throw new CompilationException(Codes.ProgramInvalid, $"the field 'cache' evaluates to {form}; there are forms 0 to 3"),
    };

    // a ÷ -8 is -(a ÷ 8), exactly; and so are their halves.
    private static float QuantizeToFourBits(ReadOnlySpan<float> x, Span<sbyte> codes, float divisor, float least)
    {
        float a = LargestMagnitude(x);
        float scale = (float)Arithmetic.ToBinary16(a / divisor);
        if (a < Arithmetic.Negligible || scale == 0f)
        {
            codes.Clear();
            return 0f;
        }

        float inverse = 1f / scale;
        for (int i = 0; i < x.Length; i++)
        {
            codes[i] = (sbyte)MathF.Min(MathF.Max(Arithmetic.RoundToInteger(x[i] * inverse), least), 7f);
        }

        return scale;
    }

    private static float QuantizeForCache(ReadOnlySpan<float> x, Span<sbyte> codes)
    {
        float a = LargestMagnitude(x);
        float scale = (float)Arithmetic.ToBinary16(a / 127f);
        if (a < Arithmetic.Negligible || scale == 0f)
        {
            codes.Clear();
            return 0f;
        }

        QuantizeBy(1f / scale, x, codes);
        return scale;
    }

    private static void QuantizeBy(float inverse, ReadOnlySpan<float> x, Span<sbyte> codes)
    {
        for (int i = 0; i < x.Length; i++)
        {
            codes[i] = Arithmetic.Clamp127(x[i] * inverse);
        }
    }

    private static float LargestMagnitude(ReadOnlySpan<float> x)
    {
        float a = 0f;
        foreach (float value in x)
        {
            a = MathF.Max(a, MathF.Abs(value));
        }

        return a;
    }
}
