using Flightc.Isa;
using ActivationFunction = Flightc.IR.ActivationFunction;

namespace Flightc.Tests.Mutation;

/// <summary>
/// Makes another program of a compiled one: in front of every measurement with weights the row is normed, summed and put through a function, each in
/// place; scores are capped, and half of a head is rotated. What it computes means nothing, but is the same under every order.
/// </summary>
internal static class RowInstructions
{
    private static readonly ActivationFunction[] Functions =
        [ActivationFunction.Gelu, ActivationFunction.GeluTanh, ActivationFunction.QuickGelu, ActivationFunction.Relu, ActivationFunction.Silu];

    /// <summary>The other program.</summary>
    public static MachineProgram Insert(MachineProgram program)
    {
        MachineProgram copy = ProgramBinary.Read(ProgramBinary.Write(program));
        return copy with
        {
            // Symbols name instructions by their number in the stream.
            Entries = [.. copy.Entries.Select(e => e with { Streams = [.. e.Streams.Select(core => (IReadOnlyList<IReadOnlyList<Instruction>>)[.. core.Select(Insert)])], Symbols = [] })],
        };
    }

    private static IReadOnlyList<Instruction> Insert(IReadOnlyList<Instruction> stream)
    {
        List<Instruction> result = [];
        int inserted = 0;
        foreach (Instruction instruction in stream)
        {
            if (instruction is Measure { Weighted.Constant: 1 } measure)
            {
                result.AddRange(Before(measure, inserted++));
            }

            Change(instruction);
            result.Add(instruction);
        }

        return result;
    }

    private static IEnumerable<Instruction> Before(Measure measure, int number)
    {
        NormalizeRows norm = new()
        {
            Source = measure.Source, Stride = measure.Stride, Out = measure.Source, OutStride = measure.Stride, Count = measure.Count, Heads = 1,
            Tokens = measure.Tokens, Weight = measure.Weight, Bias = measure.Weight, Biased = number % 2, Layer = 1 - (number % 2),
            Epsilon = BitConverter.SingleToUInt32Bits(1e-5f), Wait = measure.Wait,
        };
        measure.Wait = Units.None;
        yield return norm;
        yield return new AddRows
        {
            Source = measure.Weight, Out = measure.Source, OutStride = measure.Stride, Count = measure.Count, Tokens = measure.Tokens,
        };
        yield return new ActivateRows
        {
            Source = measure.Source, Stride = measure.Stride, Out = measure.Source, OutStride = measure.Stride, Count = measure.Count,
            Tokens = measure.Tokens, Function = (int)Functions[number % Functions.Length],
        };
    }

    private static void Change(Instruction instruction)
    {
        List<Operand> values = [];
        foreach (InstructionField field in InstructionField.Of(instruction))
        {
            values.Add((instruction, field.Name) switch
            {
                (Exponentiate, "cap") => BitConverter.SingleToUInt32Bits(3f),
                (QuantizeHeads { Rotated.Constant: > 0 } heads, "rotated") => heads.Rotated.Constant / 2,
                (DequantizeRows, "scale") => BitConverter.SingleToUInt32Bits(1.7f),
                (ActivateRows { Gated.Constant: 1 }, "function") => (int)ActivationFunction.GeluTanh,
                _ => field.Value,
            });
        }

        InstructionField.Assign(instruction, values);
    }
}
