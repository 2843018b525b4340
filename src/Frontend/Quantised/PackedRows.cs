using Flightc.Checkpoints;

namespace Flightc.Quantised;

/// <summary>
/// Codes of compressed-tensors' pack-quantized: (out, ⌈in ÷ per word⌉) words, ⌊32 ÷ bits⌋ codes in each from the lowest bits up, offset by half their range.
/// </summary>
/// <param name="tensor">I32, two dimensions.</param>
/// <param name="bits">1 to 8.</param>
/// <param name="columns">Inputs: the last word of a row may be padded.</param>
internal sealed class PackedRows(CheckpointTensor tensor, int bits, long columns) : ICodeRows
{
    private readonly int _perWord = 32 / bits;

    /// <inheritdoc/>
    public long Rows { get; } = tensor.Shape[0];

    /// <inheritdoc/>
    public long Columns { get; } = columns;

    /// <inheritdoc/>
    public int Bits => bits;

    /// <inheritdoc/>
    public int Centre => 0;

    /// <inheritdoc/>
    public void Read(long firstRow, int count, Span<float> values)
    {
        uint[] words = new uint[tensor.Shape[1]];
        for (int row = 0; row < count; row++)
        {
            StoredNumbers.ReadWords(tensor, (firstRow + row) * words.Length, words);
            Span<float> codes = values.Slice(row * (int)Columns, (int)Columns);
            for (int k = 0; k < codes.Length; k++)
            {
                codes[k] = CodeOf(words[k / _perWord], k % _perWord, bits);
            }
        }
    }

    /// <summary>A code of a word, with its sign.</summary>
    public static int CodeOf(uint word, int place, int bits) =>
        (int)((word >> (place * bits)) & ((1u << bits) - 1)) - (1 << (bits - 1));
}
