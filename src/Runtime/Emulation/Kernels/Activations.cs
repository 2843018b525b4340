namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// INT8 activations in the forms that <see cref="TileProduct"/> wants: padded with zeros to whole groups,
/// widened, and summed by blocks.
/// </summary>
internal sealed unsafe class Activations : IDisposable
{
    /// <summary>
    /// Columns of a panel: a whole number of groups of every size. What a tile needs of all tokens lies
    /// together.
    /// </summary>
    public const int Panel = 128;

    /// <summary>
    /// Elements between tokens in <see cref="Before"/>: a panel's blocks and one more, and some to spare.
    /// </summary>
    public const int BeforeStride = 12;

    private readonly NativeBuffer _codes = new();
    private readonly NativeBuffer _wide = new();
    private readonly NativeBuffer _before = new();
    private int _tokens, _columns;

    /// <summary>(panels, tokens, <see cref="Panel"/>) codes.</summary>
    public sbyte* Codes { get; private set; }

    /// <summary>(panels, tokens, <see cref="Panel"/>) as INT16, in fours of columns 0, 2, 1, 3.</summary>
    public short* Wide { get; private set; }

    /// <summary>
    /// (panels, tokens, <see cref="BeforeStride"/>) sums of all blocks of 16 of the panel before a block.
    /// </summary>
    public int* Before { get; private set; }

    /// <summary>Makes room.</summary>
    public void Reserve(int tokens, int columns)
    {
        (_tokens, _columns) = (tokens, columns);
        long rows = (long)tokens * ((columns + Panel - 1) / Panel);
        Codes = (sbyte*)_codes.Ensure(rows * Panel);
        Wide = (short*)_wide.Ensure(2 * rows * Panel);
        Before = (int*)_before.Ensure(4 * rows * BeforeStride);
    }

    /// <summary>Takes the codes of one token.</summary>
    public void Set(int token, sbyte* source)
    {
        long row = token;
        for (int first = 0; first < _columns; first += Panel, row += _tokens)
        {
            int count = Math.Min(Panel, _columns - first);
            sbyte* codes = Codes + (row * Panel);
            Buffer.MemoryCopy(source + first, codes, Panel, count);
            new Span<sbyte>(codes + count, Panel - count).Clear();
            Widen(codes, Wide + (row * Panel), Before + (row * BeforeStride));
        }
    }

    public void Dispose()
    {
        _codes.Dispose();
        _wide.Dispose();
        _before.Dispose();
    }

    private static void Widen(sbyte* codes, short* wide, int* before)
    {
        int sum = 0;
        for (int k = 0; k < Panel; k += 16)
        {
            *before++ = sum;
            for (int j = k; j < k + 16; j += 4)
            {
                (sbyte a, sbyte b, sbyte c, sbyte d) = (codes[j], codes[j + 1], codes[j + 2], codes[j + 3]);
                sum += a + b + c + d;
                wide[j] = a;
                wide[j + 1] = c;
                wide[j + 2] = b;
                wide[j + 3] = d;
            }
        }

        *before = sum;
    }
}
