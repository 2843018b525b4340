using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Flightc.IR;
using Flightc.Numerics;

namespace Flightc.Passes.Compression;

/// <summary>
/// One sweep over a matrix in which every weight is rounded, or dropped, for a target that makes up for the errors made before it: in
/// the columns before it, and where rows are coupled, in the rows before it.
/// </summary>
/// <remarks>
/// With A = M·D·Mᵀ and G = R·C·Rᵀ (<see cref="TriangularFactor"/>) the loss is <c>Σ C[n]·D[k]·(Rᵀ E M)[n,k]²</c>; an element is
/// rounded so that its own term is least, which later ones do not change. Without R this is LDLQ, which is GPTQ (E. Frantar et al.,
/// 2022, arXiv 2210.17323); with it, the two-sided form of YAQA (A. Tseng et al., 2025, arXiv 2505.22988). Columns go in runs of 16, the
/// lanes of a vector; rows within a run one after another.
/// </remarks>
internal sealed class ErrorFeedback
{
    private const int Run = CodeGrid.Run;

    // Feedback within so many columns is kept up to date; beyond, it is added for all of them at once.
    private const int LazyColumns = 128;
    private const int RowsPerTask = 64;

    private readonly CompressionProblem _problem;
    private readonly int[] _columnOrder;
    private readonly int[] _rowOrder;
    private readonly float[] _columns;
    private readonly float[] _diagonal;
    private readonly float[]? _rows;
    private readonly int _width;

    /// <param name="problem">The matrix.</param>
    /// <param name="columnOrder">Which column is rounded when.</param>
    /// <param name="columns">The factor of A in that order.</param>
    /// <param name="rowOrder">Which row comes when; of use where rows are coupled.</param>
    /// <param name="rows">The factor of G in that order; null where rows count by themselves.</param>
    public ErrorFeedback(
        CompressionProblem problem, int[] columnOrder, TriangularFactor columns, int[] rowOrder, TriangularFactor? rows)
    {
        (_problem, _columnOrder, _rowOrder) = (problem, columnOrder, rowOrder);
        _width = (problem.Columns + Run - 1) / Run * Run;
        _diagonal = columns.Diagonal;
        _columns = new float[problem.Columns * _width];
        for (int k = 0; k < problem.Columns; k++)
        {
            columns.Upper.AsSpan(k * problem.Columns, problem.Columns).CopyTo(_columns.AsSpan(k * _width));
        }

        if (rows is not null)
        {
            _rows = new float[rows.Upper.Length];
            MatrixProduct.Transpose(rows.Upper, _rows, rows.Size, rows.Size);
        }
    }

    private ErrorFeedback(CompressionProblem problem, ErrorFeedback other)
    {
        (_problem, _width, _columnOrder, _rowOrder) = (problem, other._width, other._columnOrder, other._rowOrder);
        (_columns, _diagonal, _rows) = (other._columns, other._diagonal, other._rows);
    }

    /// <summary>The same for other weights of the same moments.</summary>
    public ErrorFeedback For(CompressionProblem problem) => new(problem, this);

    /// <summary>Chooses codes for the scales, multipliers and masks that stand in a grid.</summary>
    public void Round(CodeGrid grid) => Sweep(grid, null, null);

    /// <summary>
    /// Chooses what is kept, run by run, as if what is kept could have any value: SparseGPT (E. Frantar, D. Alistarh, 2023, arXiv
    /// 2301.00774), with the choice in a run made by elimination of one weight after another.
    /// </summary>
    /// <param name="grid">Gets the masks.</param>
    /// <param name="pruning">How many are kept where; null keeps the masks that stand.</param>
    /// <returns>(N, K): the values of what is kept that make up for what is not.</returns>
    public float[] Prune(CodeGrid grid, RunPruning? pruning)
    {
        float[] values = new float[_problem.Weights.Length];
        Sweep(grid, pruning, values);
        return values;
    }

    /// <summary>
    /// Chooses how many weights every block keeps: those that cost least when the rest of their rows in the block, and the columns
    /// behind, make up for them, each row counting as much as it does for the loss.
    /// </summary>
    /// <param name="pattern">Of the format.</param>
    public BlockDensities Densities(TilePattern pattern)
    {
        BlockDensities densities = new(_problem.Rows, _problem.Columns);
        Parallel.For(0, (_problem.Columns + Run - 1) / Run, new ParallelOptions { MaxDegreeOfParallelism = _problem.Threads }, number =>
        {
            int first = number * Run;
            int lanes = Math.Min(Run, _problem.Columns - first);
            Span<float> within = stackalloc float[Run * Run];
            CopyFactor(first, lanes, within);
            RunElimination elimination = new(within, _diagonal.AsSpan(first, lanes));
            ReadOnlySpan<int> columns = _columnOrder.AsSpan(first, lanes);
            Span<float> weights = stackalloc float[Run], losses = stackalloc float[Run + 1];
            for (int row = 0; row < _problem.Rows; row++)
            {
                weights.Clear();
                for (int lane = 0; lane < lanes; lane++)
                {
                    weights[lane] = _problem.Weights[(row * _problem.Columns) + columns[lane]];
                }

                elimination.Drop(weights, lanes, kept => kept, losses);
                densities.Add(row, columns[0] / Run, losses[..(lanes + 1)], _problem.RowWeights[row]);
            }
        });
        densities.Deal(pattern);
        return densities;
    }

    private void Sweep(CodeGrid grid, RunPruning? pruning, float[]? values)
    {
        int tasks = _rows is null ? (_problem.Rows + RowsPerTask - 1) / RowsPerTask : 1;
        int perTask = _rows is null ? RowsPerTask : _problem.Rows;
        Parallel.For(0, tasks, new ParallelOptions { MaxDegreeOfParallelism = _problem.Threads }, task =>
        {
            int first = task * perTask;
            Sweep(grid, pruning, values, first, Math.Min(_problem.Rows, first + perTask));
        });
    }

    private void Sweep(CodeGrid grid, RunPruning? pruning, float[]? values, int firstRow, int endRow)
    {
        int count = endRow - firstRow;
        int threads = _rows is null ? 1 : _problem.Threads;
        float[] feedback = new float[count * _width], errors = new float[count * _width];
        float[] seen = new float[_rows is null ? 0 : count * Run];
        for (int outer = 0; outer < _problem.Columns; outer += LazyColumns)
        {
            int outerEnd = Math.Min(_problem.Columns, outer + LazyColumns);
            for (int first = outer; first < outerEnd; first += Run)
            {
                int lanes = Math.Min(Run, outerEnd - first);
                SweepRun(grid, pruning, values, first, lanes, firstRow, count, feedback, errors, seen);
                int next = first + lanes;
                MatrixProduct.Add(
                    errors.AsMemory(first), _width, _columns.AsMemory((first * _width) + next), _width, feedback.AsMemory(next), _width,
                    count, lanes, outerEnd - next, threads);
            }

            if (outerEnd < _problem.Columns)
            {
                MatrixProduct.Add(
                    errors.AsMemory(outer), _width, _columns.AsMemory((outer * _width) + outerEnd), _width, feedback.AsMemory(outerEnd),
                    _width, count, outerEnd - outer, _problem.Columns - outerEnd, threads);
            }
        }
    }

    private void SweepRun(
        CodeGrid grid, RunPruning? pruning, float[]? values, int first, int lanes, int firstRow, int count, float[] feedback,
        float[] errors, float[] seen)
    {
        Span<float> within = stackalloc float[Run * Run];
        CopyFactor(first, lanes, within);
        RunElimination? elimination = pruning is null ? null : new RunElimination(within, _diagonal.AsSpan(first, lanes));
        Span<float> weights = stackalloc float[Run], targets = stackalloc float[Run], error = stackalloc float[Run];
        Span<float> fromRows = stackalloc float[Run];
        ReadOnlySpan<int> columns = _columnOrder.AsSpan(first, lanes);
        for (int i = 0; i < count; i++)
        {
            int row = _rowOrder[firstRow + i];
            weights.Clear();
            error.Clear();
            for (int lane = 0; lane < lanes; lane++)
            {
                weights[lane] = _problem.Weights[(row * _problem.Columns) + columns[lane]];
            }

            FeedbackOfRows(i, seen, fromRows);
            Vector512<float> before = Vector512.Create((ReadOnlySpan<float>)feedback.AsSpan((i * _width) + first, Run));
            (Vector512.Create((ReadOnlySpan<float>)weights) + before + Vector512.Create((ReadOnlySpan<float>)fromRows)).CopyTo(targets);
            uint kept = Kept(grid, pruning, elimination, row, columns, targets);
            for (int lane = 0; lane < lanes; lane++)
            {
                float value = (kept >> lane & 1) == 0 ? 0 : values is null ? Code(grid, row, columns[lane], targets[lane]) : targets[lane];
                if (values is not null)
                {
                    values[(row * _problem.Columns) + columns[lane]] = value;
                }
                else if (value == 0)
                {
                    grid.Codes[(row * _problem.Columns) + columns[lane]] = 0;
                }

                error[lane] = weights[lane] - value;
                VectorRows.AddScaled(error[lane], within.Slice(lane * Run, Run), targets);
            }

            error.CopyTo(errors.AsSpan((i * _width) + first));
            if (_rows is not null)
            {
                (Vector512.Create((ReadOnlySpan<float>)error) + Vector512.Create((ReadOnlySpan<float>)targets)
                    - Vector512.Create((ReadOnlySpan<float>)weights) - Vector512.Create((ReadOnlySpan<float>)fromRows)).CopyTo(seen, i * Run);
            }
        }
    }

    // (16, 16) of the factor, without its diagonal.
    private void CopyFactor(int first, int lanes, Span<float> within)
    {
        within.Clear();
        for (int j = 0; j < lanes; j++)
        {
            for (int k = j + 1; k < lanes; k++)
            {
                within[(j * Run) + k] = _columns[((first + j) * _width) + first + k];
            }
        }
    }

    // Σ R[i', i] · V[i'] over the rows before; four sums, so that additions need not wait for each other.
    private void FeedbackOfRows(int row, float[] seen, Span<float> sum)
    {
        if (_rows is null)
        {
            sum.Clear();
            return;
        }

        ref float v = ref MemoryMarshal.GetArrayDataReference(seen);
        ReadOnlySpan<float> factors = _rows.AsSpan(row * _problem.Rows, row);
        Vector512<float> a = default, b = default, c = default, d = default;
        int i = 0;
        for (; i + 4 <= factors.Length; i += 4)
        {
            nuint at = (nuint)(i * Run);
            a = Vector512.FusedMultiplyAdd(Vector512.Create(factors[i]), Vector512.LoadUnsafe(ref v, at), a);
            b = Vector512.FusedMultiplyAdd(Vector512.Create(factors[i + 1]), Vector512.LoadUnsafe(ref v, at + Run), b);
            c = Vector512.FusedMultiplyAdd(Vector512.Create(factors[i + 2]), Vector512.LoadUnsafe(ref v, at + (2 * Run)), c);
            d = Vector512.FusedMultiplyAdd(Vector512.Create(factors[i + 3]), Vector512.LoadUnsafe(ref v, at + (3 * Run)), d);
        }

        for (; i < factors.Length; i++)
        {
            a = Vector512.FusedMultiplyAdd(Vector512.Create(factors[i]), Vector512.LoadUnsafe(ref v, (nuint)(i * Run)), a);
        }

        ((a + b) + (c + d)).CopyTo(sum);
    }

    // A bit for each lane.
    private static uint Kept(
        CodeGrid grid, RunPruning? pruning, RunElimination? elimination, int row, ReadOnlySpan<int> columns, Span<float> targets)
    {
        int run = columns[0] / Run;
        ref ushort bits = ref grid.Kept[(row * grid.Runs) + run];
        if (pruning is null)
        {
            if (bits == ushort.MaxValue)
            {
                return ushort.MaxValue;
            }

            uint kept = 0;
            for (int lane = 0; lane < columns.Length; lane++)
            {
                kept |= (uint)(bits >> (columns[lane] % Run) & 1) << lane;
            }

            return kept;
        }

        uint chosen = pruning.Choose(elimination!, row, run, columns, targets);
        bits = 0;
        for (int lane = 0; lane < columns.Length; lane++)
        {
            bits |= (ushort)((chosen >> lane & 1) << (columns[lane] % Run));
        }

        return chosen;
    }

    private static float Code(CodeGrid grid, int row, int column, float target)
    {
        float step = grid.StepOf(row, column / grid.Format.GroupSize);
        if (step == 0)
        {
            return 0;
        }

        float code = Math.Clamp(MathF.Round(target / step), grid.MinCode, grid.MaxCode);
        grid.Codes[(row * grid.Columns) + column] = (sbyte)code;
        return code * step;
    }
}
