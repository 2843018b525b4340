using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Flightc.Numerics;

/// <summary>One side of a product <c>Σₖ a[i, k] · b[j, k]</c>: lines i (or j) of elements k.</summary>
/// <param name="Data">From its first element on.</param>
/// <param name="Stride">From one row of memory to the next.</param>
/// <param name="IsAcross">Whether a row of memory has all lines of one k, and not all k of one line.</param>
internal readonly record struct ProductOperand(ReadOnlyMemory<float> Data, int Stride, bool IsAcross)
{
    private const int Square = 16;

    /// <summary>The same from another line on.</summary>
    public ProductOperand From(int line) => this with { Data = Data[(IsAcross ? line : line * Stride)..] };

    /// <summary>
    /// Writes <c>panel[k·lanes + i] = element (line + i, first + k)</c>; lines that there are not are 0.
    /// </summary>
    /// <param name="line">The first line.</param>
    /// <param name="lines">How many there are.</param>
    /// <param name="lanes">How many a panel has: 8, or a multiple of 16.</param>
    /// <param name="first">The first k.</param>
    /// <param name="count">How many.</param>
    /// <param name="panel">At least count · lanes elements.</param>
    public void Pack(int line, int lines, int lanes, int first, int count, Span<float> panel)
    {
        if (IsAcross)
        {
            ReadOnlySpan<float> data = Data.Span;
            for (int k = 0; k < count; k++)
            {
                Span<float> row = panel.Slice(k * lanes, lanes);
                data.Slice(((first + k) * Stride) + line, lines).CopyTo(row);
                row[lines..].Clear();
            }

            return;
        }

        for (int lane = 0; lane < lanes; lane += Square)
        {
            Turn(line + lane, Math.Min(lines - lane, Square), Math.Min(lanes, Square), lanes, first, count, panel[lane..]);
        }
    }

    private void Turn(int line, int lines, int width, int lanes, int first, int count, Span<float> panel)
    {
        ReadOnlySpan<float> data = lines > 0 ? Data.Span[((line * Stride) + first)..] : default;
        int k = 0;
        if (Avx512F.IsSupported && lines > 0)
        {
            for (; k + Square <= count; k += Square)
            {
                TurnSquare(data[k..], lines, width, lanes, panel[(k * lanes)..]);
            }
        }

        for (; k < count; k++)
        {
            for (int i = 0; i < width; i++)
            {
                panel[(k * lanes) + i] = i < lines ? data[(i * Stride) + k] : 0;
            }
        }
    }

    // 16 x 16: pairs and fours of lines within lanes of 128 bits, then those lanes among each other.
    private void TurnSquare(ReadOnlySpan<float> data, int lines, int width, int lanes, Span<float> panel)
    {
        Span<Vector512<float>> fours = stackalloc Vector512<float>[Square];
        for (int i = 0; i < Square; i += 4)
        {
            Vector512<float> a = Line(data, lines, i), b = Line(data, lines, i + 1), c = Line(data, lines, i + 2), d = Line(data, lines, i + 3);
            Vector512<double> ab = Avx512F.UnpackLow(a, b).AsDouble(), cd = Avx512F.UnpackLow(c, d).AsDouble();
            fours[i] = Avx512F.UnpackLow(ab, cd).AsSingle();
            fours[i + 1] = Avx512F.UnpackHigh(ab, cd).AsSingle();
            (ab, cd) = (Avx512F.UnpackHigh(a, b).AsDouble(), Avx512F.UnpackHigh(c, d).AsDouble());
            fours[i + 2] = Avx512F.UnpackLow(ab, cd).AsSingle();
            fours[i + 3] = Avx512F.UnpackHigh(ab, cd).AsSingle();
        }

        const byte Even = 0x88, Odd = 0xDD;
        for (int j = 0; j < 4; j++)
        {
            Vector512<float> lowEven = Avx512F.Shuffle4x128(fours[j], fours[4 + j], Even);
            Vector512<float> lowOdd = Avx512F.Shuffle4x128(fours[j], fours[4 + j], Odd);
            Vector512<float> highEven = Avx512F.Shuffle4x128(fours[8 + j], fours[12 + j], Even);
            Vector512<float> highOdd = Avx512F.Shuffle4x128(fours[8 + j], fours[12 + j], Odd);
            Store(Avx512F.Shuffle4x128(lowEven, highEven, Even), width, panel[(j * lanes)..]);
            Store(Avx512F.Shuffle4x128(lowOdd, highOdd, Even), width, panel[((4 + j) * lanes)..]);
            Store(Avx512F.Shuffle4x128(lowEven, highEven, Odd), width, panel[((8 + j) * lanes)..]);
            Store(Avx512F.Shuffle4x128(lowOdd, highOdd, Odd), width, panel[((12 + j) * lanes)..]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<float> Line(ReadOnlySpan<float> data, int lines, int i) => i < lines
        ? Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(data.Slice(i * Stride, Square)))
        : Vector512<float>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> values, int width, Span<float> to)
    {
        if (width == Square)
        {
            values.CopyTo(to);
        }
        else
        {
            values.GetLower().CopyTo(to);
        }
    }
}
