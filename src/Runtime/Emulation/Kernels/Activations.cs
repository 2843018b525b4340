namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>INT8 activations in the forms that <see cref="TileProduct"/> wants: padded with zeros to whole groups, widened, and summed by blocks.</summary>
internal sealed unsafe class Activations : IDisposable
{
    private const int LargestGroup = 128;

    private readonly NativeBuffer _codes = new();
    private readonly NativeBuffer _wide = new();
    private readonly NativeBuffer _before = new();

    /// <summary>(tokens, <see cref="Stride"/>) codes.</summary>
    public sbyte* Codes { get; private set; }

    /// <summary>(tokens, <see cref="Stride"/>) as INT16, in fours of columns 0, 2, 1, 3.</summary>
    public short* Wide { get; private set; }

    /// <summary>(tokens, <see cref="BeforeStride"/>) sums of all blocks of 16 before a block.</summary>
    public int* Before { get; private set; }

    /// <summary>Columns with padding.</summary>
    public int Stride { get; private set; }

    /// <summary>Blocks with padding, plus 1.</summary>
    public int BeforeStride => (Stride / 16) + 1;

    /// <summary>Makes room.</summary>
    public void Reserve(int tokens, int columns)
    {
        Stride = (columns + LargestGroup - 1) / LargestGroup * LargestGroup;
        Codes = (sbyte*)_codes.Ensure((long)tokens * Stride);
        Wide = (short*)_wide.Ensure(2L * tokens * Stride);
        Before = (int*)_before.Ensure(4L * tokens * BeforeStride);
    }

    /// <summary>Takes the codes of one token.</summary>
    public void Set(int token, sbyte* source, int columns)
    {
        int stride = Stride;
        sbyte* codes = Codes + ((long)token * stride);
        Buffer.MemoryCopy(source, codes, stride, columns);
        new Span<sbyte>(codes + columns, stride - columns).Clear();
        short* wide = Wide + ((long)token * stride);
        int* before = Before + ((long)token * BeforeStride);
        int sum = 0;
        for (int k = 0; k < stride; k += 16)
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

    public void Dispose()
    {
        _codes.Dispose();
        _wide.Dispose();
        _before.Dispose();
    }
}
