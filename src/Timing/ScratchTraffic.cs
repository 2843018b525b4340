using Flightc.Isa;

namespace Flightc.Timing;

/// <summary>Bytes that an instruction reads and writes in its core's scratch, for energy alone.</summary>
internal static class ScratchTraffic
{
    private const int F32 = 4;
    private const int I64 = 8;
    private const int U16 = 2;

    /// <summary>Bytes, reads and writes together. What comes out of rings is not in it.</summary>
    /// <param name="instruction">The instruction.</param>
    /// <param name="sources">Values of registers and loop indices.</param>
    /// <param name="channels">Channels of the core.</param>
    public static long Of(Instruction instruction, long[] sources, int channels)
    {
        long At(Operand operand) => operand.Evaluate(sources);
        switch (instruction)
        {
            case LoadTable i:
                return At(i.Rows) * At(i.Bytes);
            case LoadIndexed i:
                return At(i.Rows) * At(i.Bytes);
            case StoreRows i:
                return At(i.Rows) * At(i.Bytes);
            case MultiplyWeights i:
                return At(i.Tokens) * (At(i.Columns) + (F32 * At(i.Rows) * (1 + At(i.Add))));
            case MultiplyKeys i:
                long keys = At(i.Slots) * channels;
                return At(i.Tokens) * At(i.Group) * (At(i.HeadDim) + (F32 * keys)) + (F32 * keys);
            case MultiplyValues i:
                return At(i.Tokens) * At(i.Group) * ((U16 * At(i.Slots) * channels) + (I64 * At(i.HeadDim)));
            case DequantizeRows i:
                return At(i.Tokens) * ((((At(i.Count) * At(i.Bits)) + 7) / 8) + (At(i.Count) * F32));
            case Measure i:
                return At(i.Tokens) * At(i.Count) * F32 * (1 + At(i.Weighted));
            case QuantizeRows i:
                return At(i.Tokens) * At(i.Count) * (1 + (F32 * (1 + At(i.Weighted))));
            case QuantizeHeads i:
                return At(i.Tokens) * At(i.Heads) * At(i.HeadDim) * (1 + (2 * F32));
            case Exponentiate i:
                return At(i.Rows) * At(i.Width) * (F32 + F32 + U16);
            case NormalizeHeads i:
                return At(i.Tokens) * At(i.Group) * At(i.HeadDim) * (I64 + F32);
            case ActivateRows i:
                return At(i.Tokens) * At(i.Count) * (2 + At(i.Gated)) * F32;
            case AddRows i:
                return At(i.Tokens) * At(i.Count) * 3 * F32;
            case NormalizeRows i:
                // Every sweep reads the row, the last one weights too.
                return At(i.Tokens) * At(i.Heads) * At(i.Count) * (4 + At(i.Layer) + At(i.Biased)) * F32;
            case Gather or CombineMaxima or CombineSums:
                return 2 * InstructionCosts.Given(instruction, sources);
            default:
                return 0;
        }
    }
}
