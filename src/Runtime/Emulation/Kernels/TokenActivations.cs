using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// The INT8 activations of one token as products want them: padded with zeros to whole groups of every size,
/// and summed by blocks of 16 columns.
/// </summary>
internal sealed unsafe class TokenActivations(VectorPath path) : IDisposable
{
    private const int Block = 16;

    // Whole groups of every size, and whole registers.
    private const int Padding = 128;

    private readonly NativeBuffer _codes = new();
    private readonly NativeBuffer _before = new();

    /// <summary>(K, padded with zeros to a multiple of 128)</summary>
    public sbyte* Codes { get; private set; }

    /// <summary>Sums of the codes of all blocks of 16 columns before a block, and behind the last the sum of all.</summary>
    public int* Before { get; private set; }

    /// <summary>Takes the codes of the token.</summary>
    public void Set(sbyte* source, int columns)
    {
        int padded = (columns + Padding - 1) / Padding * Padding;
        Codes = (sbyte*)_codes.Ensure(padded);
        Before = (int*)_before.Ensure(4L * ((padded / Block) + 1));
        Buffer.MemoryCopy(source, Codes, padded, columns);
        new Span<sbyte>(Codes + columns, padded - columns).Clear();
        int sum = 0;
        int* before = Before;
        for (int k = 0; k < padded; k += Block)
        {
            *before++ = sum;
            sum += path == VectorPath.Portable ? SumOf(Codes + k) : SumOf(Vector128.Load(Codes + k));
        }

        *before = sum;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _codes.Dispose();
        _before.Dispose();
    }

    private static int SumOf(sbyte* codes)
    {
        int sum = 0;
        for (int i = 0; i < Block; i++)
        {
            sum += codes[i];
        }

        return sum;
    }

    // Bytes plus 128 are added up as they are; what that is too much is known.
    private static int SumOf(Vector128<sbyte> codes)
    {
        Vector128<ushort> halves = Sse2.SumAbsoluteDifferences(
            codes.AsByte() ^ Vector128.Create((byte)128), Vector128<byte>.Zero);
        return halves[0] + halves[4] - (Block * 128);
    }
}
