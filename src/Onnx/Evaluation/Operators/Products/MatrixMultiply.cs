using System.Numerics;
using System.Runtime.InteropServices;

namespace Flightc.Onnx.Evaluation;

/// <summary>The product of two matrices that lie row by row.</summary>
internal static class MatrixMultiply
{
    /// <summary>Adds <c>a[rows, inner] · b[inner, columns]</c> to <paramref name="result"/>.</summary>
    /// <remarks>
    /// Every element sums its products in order, one after another, so that the width of vectors changes nothing: they run over columns.
    /// </remarks>
    public static void Add<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> result, int rows, int inner, int columns)
        where T : unmanaged, INumber<T>
    {
        for (int row = 0; row < rows; row++)
        {
            Span<T> sums = result.Slice(row * columns, columns);
            Span<Vector<T>> wide = MemoryMarshal.Cast<T, Vector<T>>(sums);
            for (int k = 0; k < inner; k++)
            {
                T factor = a[row * inner + k];
                ReadOnlySpan<T> weights = b.Slice(k * columns, columns);
                ReadOnlySpan<Vector<T>> wideWeights = MemoryMarshal.Cast<T, Vector<T>>(weights);
                Vector<T> wideFactor = new(factor);
                for (int i = 0; i < wide.Length; i++)
                {
                    wide[i] += wideFactor * wideWeights[i];
                }

                for (int i = wide.Length * Vector<T>.Count; i < columns; i++)
                {
                    sums[i] += factor * weights[i];
                }
            }
        }
    }
}
