namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// Two row blocks against quads of tokens in a panel of columns: sums[t, r] += Σ m[r] · Σ c[r, k] · u[t, k],
/// where u is an activation plus 128. Exact modulo 2^32, and so exact once what the 128 added is taken off.
/// </summary>
/// <remarks>
/// Bytes are multiplied by maddubs, u without and c with sign, which adds two products to an INT16. With codes
/// of b bits 2^(7-b) of its results may be added before they overflow. pmaddwd then multiplies by m what it
/// adds to an INT32, so that multipliers cost nothing and sums go on from group to group.
/// </remarks>
internal static unsafe class PanelProduct
{
    /// <summary>Adds the products of a panel.</summary>
    /// <param name="path">Instructions to use.</param>
    /// <param name="operands">The panel.</param>
    public static void Add(VectorPath path, in PanelOperands operands)
    {
        switch (path)
        {
            case VectorPath.Avx512:
                PanelProduct512.Add(operands);
                break;
            case VectorPath.Avx2:
                PanelProduct256.Add(operands);
                break;
            case VectorPath.Portable:
                AddScalar(operands);
                break;
        }
    }

    private static void AddScalar(in PanelOperands operands)
    {
        for (int row = 0; row < 32; row++)
        {
            for (int quad = 0; quad < operands.Quads; quad++)
            {
                for (int token = 0; token < TokenQuads.Tokens; token++)
                {
                    operands.Sums[(((quad * 2) + (row / 16)) * 64) + (16 * token) + (row % 16)] += Row(
                        operands, row, operands.X + (quad * TokenQuads.QuadBytes) + (4 * token));
                }
            }

            operands.CodeSums[row] += Row(operands, row, null);
        }
    }

    // One row against one token, or against 1 in every column.
    private static int Row(in PanelOperands operands, int row, byte* token)
    {
        int sum = 0;
        int block = 0;
        for (int i = 0; i < operands.Segments; i++)
        {
            int part = 0;
            for (int end = block + operands.Counts[i]; block < end; block++)
            {
                for (int k = 0; k < 16; k++)
                {
                    int code = operands.Codes[(block * PanelOperands.BlockBytes) + (k / 4 * SignedUnits.Stride) + (4 * row) + (k % 4)];
                    part += code * (token == null ? 1 : token[operands.Columns[block] + (k / 4 * 16) + (k % 4)]);
                }
            }

            sum += operands.Multipliers[(64 * i) + (2 * row)] * part;
        }

        return sum;
    }
}
