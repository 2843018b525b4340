using Flightc.IR;

namespace Flightc.Tests.Compression;

/// <summary>What <see cref="QuantizedMatrix"/> promises.</summary>
internal static class MatrixInvariants
{
    /// <summary>Fails where a promise is broken.</summary>
    public static void Hold(QuantizedMatrix matrix)
    {
        int half = 1 << (matrix.Format.Bits - 1);
        foreach (sbyte code in matrix.Codes)
        {
            Assert.InRange(code, -half, half - 1);
        }

        foreach (float scale in matrix.RowScales)
        {
            Assert.True(float.IsFinite(scale) && scale >= 0 && scale == matrix.Format.ScaleFrom(scale), $"a scale is {scale}");
        }

        for (int row = 0; row < matrix.Rows; row++)
        {
            long sum = 0;
            for (int group = 0; group < matrix.Groups; group++)
            {
                int multiplier = matrix.Multipliers[(row * matrix.Groups) + group];
                int[] codes = [.. Codes(matrix, row, group)];
                sum += codes.Sum(c => (long)Math.Abs(c)) * multiplier;

                // A group of zeros has one form, and no other has it.
                Assert.Equal(codes.All(c => c == 0), multiplier == 0);
                Assert.InRange(multiplier, 0, 63);
            }

            Assert.InRange(sum * 127, 0, int.MaxValue);
            Sparsity sparsity = matrix.Format.Sparsity;
            if (!sparsity.IsDense && sparsity.Pattern.IsEmpty)
            {
                Assert.All(
                    matrix.Codes.AsSpan(row * matrix.Columns, matrix.Columns).ToArray().Chunk(sparsity.Run),
                    run => Assert.InRange(run.Count(c => c != 0), 0, sparsity.Kept));
            }
        }
    }

    /// <summary>What a code stands for.</summary>
    public static float ValueOf(QuantizedMatrix matrix, int row, int column) =>
        matrix.RowScales[row] * matrix.Multipliers[(row * matrix.Groups) + (column / matrix.Format.GroupSize)] * matrix.Codes[(row * matrix.Columns) + column];

    private static IEnumerable<int> Codes(QuantizedMatrix matrix, int row, int group)
    {
        int first = group * matrix.Format.GroupSize;
        return Enumerable.Range(first, Math.Min(matrix.Format.GroupSize, matrix.Columns - first)).Select(k => (int)matrix.Codes[(row * matrix.Columns) + k]);
    }
}
