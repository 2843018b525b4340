using Flightc.Checkpoints;

namespace Flightc.Quantised;

/// <summary>AWQ's codes of 4 bits: (in, out ÷ 8) words; output 8j + i stands in nibble <c>Place[i]</c> of word j.</summary>
/// <param name="tensor">I32, two dimensions.</param>
internal sealed class PackedOutputs(CheckpointTensor tensor) : ICodeRows
{
    /// <summary>Codes of a word.</summary>
    public const int PerWord = 8;

    // Words hold outputs 0 2 4 6 1 3 5 7, from the lowest nibble on (AutoAWQ's GEMM kernels).
    private static readonly int[] Place = [0, 4, 1, 5, 2, 6, 3, 7];

    private readonly long _words = tensor.Shape[1];

    /// <inheritdoc/>
    public long Rows { get; } = tensor.Shape[1] * PerWord;

    /// <inheritdoc/>
    public long Columns { get; } = tensor.Shape[0];

    /// <inheritdoc/>
    public int Bits => 4;

    /// <inheritdoc/>
    public int Centre => 8;

    /// <summary>The code of an output in its word.</summary>
    public static uint CodeOf(uint word, long output) => (word >> (4 * Place[output % PerWord])) & 15;

    /// <inheritdoc/>
    public void Read(long firstRow, int count, Span<float> values)
    {
        int columns = (int)Columns;
        long firstWord = firstRow / PerWord;
        uint[] words = new uint[((firstRow + count - 1) / PerWord) - firstWord + 1];
        for (int k = 0; k < columns; k++)
        {
            StoredNumbers.ReadWords(tensor, (k * _words) + firstWord, words);
            for (int row = 0; row < count; row++)
            {
                values[(row * columns) + k] = CodeOf(words[((firstRow + row) / PerWord) - firstWord], firstRow + row);
            }
        }
    }
}
