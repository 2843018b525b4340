using Flightc.Checkpoints;

namespace Flightc.Quantised;

/// <summary>
/// GPTQ's codes: (in · bits ÷ 32, out) words; 32 inputs of an output are a stream of <c>bits</c> words down a column, the first code in the lowest bits. With 3 bits
/// codes cross from one word to the next.
/// </summary>
/// <param name="tensor">I32, two dimensions.</param>
/// <param name="bits">2, 3, 4 or 8.</param>
internal sealed class PackedInputs(CheckpointTensor tensor, int bits) : ICodeRows
{
    private const int WordBits = 32;

    private readonly long _wordRows = tensor.Shape[0];

    /// <inheritdoc/>
    public long Rows { get; } = tensor.Shape[1];

    /// <inheritdoc/>
    public long Columns { get; } = tensor.Shape[0] * WordBits / bits;

    /// <inheritdoc/>
    public int Bits => bits;

    /// <inheritdoc/>
    public int Centre => 1 << (bits - 1);

    /// <inheritdoc/>
    public void Read(long firstRow, int count, Span<float> values)
    {
        uint[] words = new uint[bits * count];
        int columns = (int)Columns;
        for (long at = 0; at < _wordRows; at += bits)
        {
            for (int w = 0; w < bits; w++)
            {
                StoredNumbers.ReadWords(tensor, ((at + w) * Rows) + firstRow, words.AsSpan(w * count, count));
            }

            int firstColumn = (int)(at / bits * WordBits);
            for (int row = 0; row < count; row++)
            {
                for (int k = 0; k < WordBits; k++)
                {
                    values[(row * columns) + firstColumn + k] = CodeAt(words, row, count, k * bits);
                }
            }
        }
    }

    private uint CodeAt(uint[] words, int row, int stride, int bit)
    {
        (int word, int shift) = (bit / WordBits, bit % WordBits);
        ulong pair = words[(word * stride) + row];
        if (shift + bits > WordBits)
        {
            pair |= (ulong)words[((word + 1) * stride) + row] << WordBits;
        }

        return (uint)(pair >> shift) & ((1u << bits) - 1);
    }
}
