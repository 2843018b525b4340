using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Runtime.Interpretation;

/// <summary>The exchange unit: instructions that all cores execute together.</summary>
internal static class Exchanges
{
    /// <summary>
    /// Whether an instruction waits for the other cores; <c>sync</c> in an exchange stream does not.
    /// </summary>
    public static bool IsCollective(Instruction instruction) => instruction is Gather or CombineMaxima or CombineSums;

    /// <summary>Executes the same-numbered instruction of every core.</summary>
    /// <param name="instructions">By core, fields evaluated.</param>
    /// <param name="cores">All cores.</param>
    /// <exception cref="CompilationException">The cores' instructions do not belong together (FLC4001).</exception>
    public static void Execute(Instruction[] instructions, CoreState[] cores)
    {
        for (int c = 1; c < instructions.Length; c++)
        {
            if (instructions[c].GetType() != instructions[0].GetType())
            {
                throw new CompilationException(
                    Codes.ProgramInvalid,
                    $"core 0 exchanges by {instructions[0].Mnemonic} and core {c} by {instructions[c].Mnemonic}");
            }
        }

        switch (instructions[0])
        {
            case Gather:
                for (int c = 0; c < cores.Length; c++)
                {
                    Give((Gather)instructions[c], c, cores);
                }

                break;
            case CombineMaxima:
                Combine<float>([.. instructions.Select(i => ((CombineMaxima)i).Address.Constant)],
                    [.. instructions.Select(i => ((CombineMaxima)i).Count.Constant)], cores, MathF.Max);
                break;
            case CombineSums:
                Combine<long>([.. instructions.Select(i => ((CombineSums)i).Address.Constant)],
                    [.. instructions.Select(i => ((CombineSums)i).Count.Constant)], cores, (a, b) => a + b);
                break;
        }
    }

    private static void Give(Gather instruction, int giver, CoreState[] cores)
    {
        for (long r = 0; r < instruction.Rows.Constant; r++)
        {
            long address = instruction.Address.Constant + (r * instruction.Stride.Constant);
            Span<byte> block = cores[giver].Scratch.Bytes(address, instruction.Bytes.Constant);
            for (int c = 0; c < cores.Length; c++)
            {
                if (c != giver)
                {
                    block.CopyTo(cores[c].Scratch.Bytes(address, block.Length));
                }
            }
        }
    }

    private static void Combine<T>(long[] addresses, long[] counts, CoreState[] cores, Func<T, T, T> combine)
        where T : unmanaged
    {
        for (int c = 0; c < cores.Length; c++)
        {
            if (counts[c] != counts[0])
            {
                throw new CompilationException(
                    Codes.ProgramInvalid,
                    $"core 0 combines {counts[0]} numbers and core {c} {counts[c]}; they must be as many on every core");
            }
        }

        T[] result = cores[0].Scratch.Elements<T>(addresses[0], counts[0]).ToArray();
        for (int c = 1; c < cores.Length; c++)
        {
            Span<T> numbers = cores[c].Scratch.Elements<T>(addresses[c], counts[c]);
            for (int i = 0; i < result.Length; i++)
            {
                result[i] = combine(result[i], numbers[i]);
            }
        }

        for (int c = 0; c < cores.Length; c++)
        {
            result.CopyTo(cores[c].Scratch.Elements<T>(addresses[c], counts[c]));
        }
    }
}
