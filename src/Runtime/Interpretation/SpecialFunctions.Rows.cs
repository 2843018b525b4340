using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Runtime.Interpretation;

/// <content>Functions, sums and norms of plain rows.</content>
internal static partial class SpecialFunctions
{
    /// <summary>misc.activate</summary>
    public static void Execute(ActivateRows instruction, Scratch scratch)
    {
        const int Block = 16;
        bool isGated = instruction.Gated.Constant == 1;
        float value = BitConverter.UInt32BitsToSingle((uint)instruction.Value.Constant);
        if (Activations.Of(instruction.Function.Constant, value) is not { } function
            || (isGated && instruction.Function.Constant == ActivateRows.Cap))
        {
            throw new CompilationException(
                Codes.ProgramInvalid,
                $"the field 'function' evaluates to {instruction.Function.Constant}, and no {(isGated ? "gated " : "")}function has that number");
        }

        for (long t = 0; t < instruction.Tokens.Constant; t++)
        {
            long source = instruction.Source.Constant + (t * instruction.Stride.Constant);
            Span<float> y = scratch.Floats(
                instruction.Out.Constant + (t * instruction.OutStride.Constant), instruction.Count.Constant);
            for (int i = 0; i < y.Length; i++)
            {
                if (isGated)
                {
                    long gate = source + (4L * ((2 * Block * (i / Block)) + (i % Block)));
                    y[i] = function(scratch.Float(gate)) * scratch.Float(gate + (4 * Block));
                }
                else
                {
                    y[i] = function(scratch.Float(source + (4L * i)));
                }
            }
        }
    }

    /// <summary>misc.add</summary>
    public static void Execute(AddRows instruction, Scratch scratch)
    {
        for (long t = 0; t < instruction.Tokens.Constant; t++)
        {
            Span<float> x = scratch.Floats(
                instruction.Source.Constant + (t * instruction.Stride.Constant), instruction.Count.Constant);
            Span<float> y = scratch.Floats(
                instruction.Out.Constant + (t * instruction.OutStride.Constant), instruction.Count.Constant);
            for (int i = 0; i < y.Length; i++)
            {
                y[i] = y[i] + x[i];
            }
        }
    }

    /// <summary>misc.norm</summary>
    public static void Execute(NormalizeRows instruction, Scratch scratch)
    {
        long count = instruction.Count.Constant;
        float epsilon = BitConverter.UInt32BitsToSingle((uint)instruction.Epsilon.Constant);
        for (long t = 0; t < instruction.Tokens.Constant && count > 0; t++)
        {
            for (long h = 0; h < instruction.Heads.Constant; h++)
            {
                // A copy, since results may take the place of x.
                float[] x = scratch.Floats(
                    instruction.Source.Constant + (t * instruction.Stride.Constant) + (4 * h * count), count).ToArray();
                Span<float> w = scratch.Floats(instruction.Weight.Constant, count);
                Span<float> b = Weights(instruction.Biased, instruction.Bias, x.Length, scratch);
                Span<float> y = scratch.Floats(
                    instruction.Out.Constant + (t * instruction.OutStride.Constant) + (4 * h * count), count);
                if (instruction.Layer.Constant == 1)
                {
                    float mean = Arithmetic.Sum(x) / count;
                    for (int i = 0; i < x.Length; i++)
                    {
                        x[i] -= mean;
                    }
                }

                float[] squares = [.. x.Select(v => v * v)];
                float r = 1f / MathF.Sqrt((Arithmetic.Sum(squares) / count) + epsilon);
                for (int i = 0; i < y.Length; i++)
                {
                    float scaled = (x[i] * r) * w[i];
                    y[i] = b.IsEmpty ? scaled : scaled + b[i];
                }
            }
        }
    }
}
