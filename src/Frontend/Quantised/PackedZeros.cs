using Flightc.Checkpoints;

namespace Flightc.Quantised;

/// <summary>Zero points that are packed as codes are.</summary>
internal sealed class PackedZeros : IGroupValues
{
    private readonly CheckpointTensor _tensor;
    private readonly Func<long, int, float> _at;

    private PackedZeros(CheckpointTensor tensor, int groups, Func<CheckpointTensor, long, int, float> at)
    {
        (_tensor, Groups) = (tensor, groups);
        _at = (row, group) => at(_tensor, row, group);
    }

    /// <inheritdoc/>
    public int Groups { get; }

    /// <summary>
    /// GPTQ's: (groups, out · bits ÷ 32), a stream along the outputs. Its first format stores a zero point less one; what is added wraps within the code's bits.
    /// </summary>
    public static PackedZeros AlongOutputs(CheckpointTensor tensor, int bits, int offset) => new(tensor, (int)tensor.Shape[0], (t, row, group) =>
    {
        (long word, long shift) = Math.DivRem(row * bits, 32);
        Span<uint> words = stackalloc uint[2];
        StoredNumbers.ReadWords(t, (group * t.Shape[1]) + word, words[..(shift + bits > 32 ? 2 : 1)]);
        uint stored = (uint)(((ulong)words[0] | ((ulong)words[1] << 32)) >> (int)shift);
        return (stored + (uint)offset) & ((1u << bits) - 1);
    });

    /// <summary>AWQ's: (groups, out ÷ 8) in the order of its codes.</summary>
    public static PackedZeros InterleavedOutputs(CheckpointTensor tensor) => new(tensor, (int)tensor.Shape[0], (t, row, group) =>
        PackedOutputs.CodeOf(WordOf(t, (group * t.Shape[1]) + (row / PackedOutputs.PerWord)), row));

    /// <summary>compressed-tensors': (⌈out ÷ per word⌉, groups), offset by half their range.</summary>
    public static PackedZeros DownOutputs(CheckpointTensor tensor, int bits) => new(tensor, (int)tensor.Shape[1], (t, row, group) =>
        PackedRows.CodeOf(WordOf(t, (row / (32 / bits) * t.Shape[1]) + group), (int)(row % (32 / bits)), bits));

    /// <inheritdoc/>
    public void Read(long firstRow, int count, Span<float> values)
    {
        for (int row = 0; row < count; row++)
        {
            for (int g = 0; g < Groups; g++)
            {
                values[(row * Groups) + g] = _at(firstRow + row, g);
            }
        }
    }

    private static uint WordOf(CheckpointTensor tensor, long index)
    {
        Span<uint> word = stackalloc uint[1];
        StoredNumbers.ReadWords(tensor, index, word);
        return word[0];
    }
}
