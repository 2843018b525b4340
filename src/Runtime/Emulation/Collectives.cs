using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Runtime.Emulation;

/// <summary>The exchanges, which all cores execute at once.</summary>
internal static unsafe class Collectives
{
    /// <summary>Whether an instruction of the exchange stream is one.</summary>
    public static bool Includes(Instruction instruction) => instruction is Gather or CombineMaxima or CombineSums;

    /// <summary>Executes one exchange.</summary>
    /// <param name="instructions">The resolved instruction of every core.</param>
    /// <param name="cores">All cores.</param>
    /// <exception cref="CompilationException">The cores do not execute the same exchange (FLC4001).</exception>
    public static void Execute(Instruction[] instructions, EmulatedCore[] cores)
    {
        foreach (Instruction instruction in instructions)
        {
            if (instruction.Mnemonic != instructions[0].Mnemonic)
            {
                throw new CompilationException(
                    Codes.ProgramInvalid,
                    $"core 0 exchanges by {instructions[0].Mnemonic} what another core exchanges by {instruction.Mnemonic}");
            }
        }

        switch (instructions[0])
        {
            case Gather:
                Copy(instructions, cores);
                break;
            case CombineMaxima:
                Maxima(instructions, cores);
                break;
            default:
                Sums(instructions, cores);
                break;
        }
    }

    private static void Copy(Instruction[] instructions, EmulatedCore[] cores)
    {
        for (int from = 0; from < cores.Length; from++)
        {
            Gather gather = (Gather)instructions[from];
            int bytes = gather.Bytes.Count("bytes");
            int rows = gather.Rows.Count("rows");
            int stride = gather.Stride.Count("stride");
            byte* source = cores[from].Scratch.Rows(gather.Address.Constant, stride, rows, bytes, "addr");
            for (int to = 0; to < cores.Length && bytes > 0; to++)
            {
                if (to == from)
                {
                    continue;
                }

                byte* target = cores[to].Scratch.Rows(gather.Address.Constant, stride, rows, bytes, "addr");
                for (int r = 0; r < rows; r++)
                {
                    Buffer.MemoryCopy(source + ((long)r * stride), target + ((long)r * stride), bytes, bytes);
                }
            }
        }
    }

    private static void Maxima(Instruction[] instructions, EmulatedCore[] cores)
    {
        int count = SameCount(instructions, i => ((CombineMaxima)i).Count);
        float*[] numbers = new float*[cores.Length];
        for (int c = 0; c < cores.Length; c++)
        {
            numbers[c] = (float*)cores[c].Scratch.Range(
                ((CombineMaxima)instructions[c]).Address.Constant, 4L * count, "addr");
        }

        for (int i = 0; i < count; i++)
        {
            float largest = numbers[0][i];
            for (int c = 1; c < numbers.Length; c++)
            {
                largest = MathF.Max(largest, numbers[c][i]);
            }

            foreach (float* each in numbers)
            {
                each[i] = largest;
            }
        }
    }

    private static void Sums(Instruction[] instructions, EmulatedCore[] cores)
    {
        int count = SameCount(instructions, i => ((CombineSums)i).Count);
        long*[] numbers = new long*[cores.Length];
        for (int c = 0; c < cores.Length; c++)
        {
            numbers[c] = (long*)cores[c].Scratch.Range(
                ((CombineSums)instructions[c]).Address.Constant, 8L * count, "addr");
        }

        for (int i = 0; i < count; i++)
        {
            long sum = 0;
            foreach (long* each in numbers)
            {
                sum += each[i];
            }

            foreach (long* each in numbers)
            {
                each[i] = sum;
            }
        }
    }

    private static int SameCount(Instruction[] instructions, Func<Instruction, Operand> field)
    {
        int count = field(instructions[0]).Count("count");
        foreach (Instruction instruction in instructions)
        {
            if (field(instruction).Constant != count)
            {
                throw new CompilationException(
                    Codes.ProgramInvalid,
                    $"core 0 exchanges {count} numbers where another core exchanges {field(instruction).Constant}");
            }
        }

        return count;
    }
}
