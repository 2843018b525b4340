using System.Runtime.Intrinsics;

namespace Flightc.Passes.Compression;

/// <summary>
/// Drops weights of a run of 16 one after another, each time the one whose loss is least when all others of the run, and the columns
/// behind it, make up for it.
/// </summary>
/// <remarks>
/// Optimal brain surgeon (B. Hassibi, D. Stork, 1992) on the Schur complement of the columns behind the run, C = M·D·Mᵀ of its own rows and
/// columns: dropping q costs <c>z[q]² ÷ P[q,q]</c> with P = C⁻¹, and leaves <c>z - P[:,q]·z[q] ÷ P[q,q]</c>.
/// </remarks>
internal sealed class RunElimination
{
    private const int Run = CodeGrid.Run;

    private readonly float[] _inverse = new float[Run * Run];

    /// <param name="factor">(16, 16): M of the run without its diagonal of ones.</param>
    /// <param name="diagonal">D of its columns, at most 16.</param>
    public RunElimination(ReadOnlySpan<float> factor, ReadOnlySpan<float> diagonal)
    {
        // C⁻¹ = Nᵀ·D⁻¹·N with N = M⁻¹, unit upper triangular.
        int lanes = diagonal.Length;
        double[] inverse = new double[Run * Run];
        for (int column = 0; column < lanes; column++)
        {
            for (int row = column; row >= 0; row--)
            {
                double sum = row == column ? 1 : 0;
                for (int k = row + 1; k <= column; k++)
                {
                    sum -= factor[(row * Run) + k] * inverse[(k * Run) + column];
                }

                inverse[(row * Run) + column] = sum;
            }
        }

        for (int i = 0; i < lanes; i++)
        {
            for (int j = 0; j < lanes; j++)
            {
                double sum = 0;
                for (int k = 0; k <= Math.Min(i, j); k++)
                {
                    sum += inverse[(k * Run) + i] * inverse[(k * Run) + j] / diagonal[k];
                }

                _inverse[(i * Run) + j] = (float)sum;
            }
        }
    }

    /// <summary>Drops weights until a rule is met.</summary>
    /// <param name="targets">(16): the values without dropping; not changed.</param>
    /// <param name="lanes">How many of them there are.</param>
    /// <param name="mayDrop">By the lanes that are kept, as bits: those of which one may be dropped next; 0 ends.</param>
    /// <param name="losses">(17): the sum of losses, without the factor ½, by the number of lanes that are left; may be empty.</param>
    /// <returns>A bit for each lane that is kept.</returns>
    public uint Drop(ReadOnlySpan<float> targets, int lanes, Func<uint, uint> mayDrop, Span<float> losses)
    {
        Span<float> z = stackalloc float[Run];
        Span<float> p = stackalloc float[Run * Run];
        targets.CopyTo(z);
        _inverse.CopyTo(p);
        uint kept = (uint)((1L << lanes) - 1);
        float total = 0;
        int left = lanes;
        Note(losses, left, total);
        while (mayDrop(kept) is var candidates and not 0)
        {
            int best = -1;
            float least = float.PositiveInfinity;
            for (int q = 0; q < lanes; q++)
            {
                float pivot = p[(q * Run) + q];
                if ((candidates >> q & 1) != 0 && pivot > 0 && (best < 0 || z[q] * z[q] / pivot < least))
                {
                    (best, least) = (q, z[q] * z[q] / pivot);
                }
            }

            if (best < 0)
            {
                // Cancellation has left no curvature: any will do.
                best = System.Numerics.BitOperations.TrailingZeroCount(candidates);
                least = 0;
            }

            total += least;
            kept &= ~(1u << best);
            Note(losses, --left, total);
            Eliminate(z, p, best);
        }

        return kept;
    }

    private static void Note(Span<float> losses, int left, float total)
    {
        if (!losses.IsEmpty)
        {
            losses[left] = total;
        }
    }

    private static void Eliminate(Span<float> z, Span<float> p, int q)
    {
        float pivot = p[(q * Run) + q];
        if (!(pivot > 0))
        {
            z[q] = 0;
            return;
        }

        Vector512<float> column = Vector512.Create((ReadOnlySpan<float>)p.Slice(q * Run, Run));
        (Vector512.Create((ReadOnlySpan<float>)z) - (column * (z[q] / pivot))).CopyTo(z);
        z[q] = 0;
        for (int i = 0; i < Run; i++)
        {
            Span<float> row = p.Slice(i * Run, Run);
            float factor = row[q] / pivot;
            if (factor != 0)
            {
                (Vector512.Create((ReadOnlySpan<float>)row) - (column * factor)).CopyTo(row);
            }
        }
    }
}
