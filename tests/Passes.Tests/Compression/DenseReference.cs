namespace Flightc.Tests.Compression;

/// <summary>Small dense matrices in binary64, by the textbook: row-major, n by n.</summary>
internal static class DenseReference
{
    /// <summary>The inverse of a positive definite matrix, by Gauss and Jordan.</summary>
    public static double[] Inverse(double[] matrix, int n)
    {
        double[] a = (double[])matrix.Clone(), inverse = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            inverse[(i * n) + i] = 1;
        }

        for (int column = 0; column < n; column++)
        {
            // Positive definite: pivots need not be looked for.
            double scale = 1 / a[(column * n) + column];
            for (int k = 0; k < n; k++)
            {
                a[(column * n) + k] *= scale;
                inverse[(column * n) + k] *= scale;
            }

            for (int row = 0; row < n; row++)
            {
                double factor = a[(row * n) + column];
                for (int k = 0; k < n && row != column; k++)
                {
                    a[(row * n) + k] -= factor * a[(column * n) + k];
                    inverse[(row * n) + k] -= factor * inverse[(column * n) + k];
                }
            }
        }

        return inverse;
    }

    /// <summary>L with L · Lᵀ = the matrix, lower triangular.</summary>
    public static double[] Cholesky(double[] matrix, int n)
    {
        double[] lower = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = matrix[(i * n) + j];
                for (int k = 0; k < j; k++)
                {
                    sum -= lower[(i * n) + k] * lower[(j * n) + k];
                }

                lower[(i * n) + j] = i == j ? Math.Sqrt(sum) : sum / lower[(j * n) + j];
            }
        }

        return lower;
    }

    /// <summary>M, unit upper triangular, and D with M · D · Mᵀ = the matrix.</summary>
    public static (double[] Upper, double[] Diagonal) UpperFactor(double[] matrix, int n)
    {
        // The Cholesky factor of the matrix read from its end.
        double[] reversed = [.. matrix.Reverse()];
        double[] lower = Cholesky(reversed, n), upper = new double[n * n];
        double[] diagonal = [.. Enumerable.Range(0, n).Select(i => lower[((n - 1 - i) * n) + n - 1 - i]).Select(root => root * root)];
        for (int i = 0; i < n; i++)
        {
            for (int j = i; j < n; j++)
            {
                upper[(i * n) + j] = lower[((n - 1 - i) * n) + n - 1 - j] / lower[((n - 1 - j) * n) + n - 1 - j];
            }
        }

        return (upper, diagonal);
    }

    /// <summary>A part of a matrix.</summary>
    public static double[] Part(double[] matrix, int n, int[] rows, int[] columns) =>
        [.. rows.SelectMany(row => columns.Select(column => matrix[(row * n) + column]))];
}
