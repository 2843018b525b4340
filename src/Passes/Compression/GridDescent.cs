using Flightc.Numerics;

namespace Flightc.Passes.Compression;

/// <summary>
/// Coordinate descent on a grid: one code, one multiplier or one row scale at a time is moved to where the loss is least with all others as they
/// are, until nothing moves. The loss never grows.
/// </summary>
/// <remarks>
/// With P = G·E·A the loss changes by <c>-d·P[n,k] + ½·d²·H[k,k]</c> when the value of an element grows by d (<see cref="RowForm"/>). Rows go in blocks:
/// P of a block is one product of matrices, and within it a row that has moved tells those behind it.
/// </remarks>
/// <param name="problem">The matrix.</param>
/// <param name="limit">The largest multiplier.</param>
internal sealed class GridDescent(CompressionProblem problem, int limit)
{
    private const int BlockRows = 32;

    // A row that still moves after so many rounds is left to the next pass over the matrix.
    private const int RowRounds = 4;

    /// <summary>Passes over all rows until a pass moves less than one in a thousand elements, or so often.</summary>
    /// <param name="grid">Improved in place.</param>
    /// <param name="passes">The most passes.</param>
    public void Run(CodeGrid grid, int passes)
    {
        float[] error = problem.ErrorOf(grid);
        for (int pass = 0; pass < passes; pass++)
        {
            // Anew each time, so that roundings do not add up.
            float[] ea = new float[error.Length];
            MatrixProduct.Add(error, problem.Input, ea, problem.Rows, problem.Columns, problem.Columns, problem.Threads);
            long moves = problem.Output is null ? RowsByThemselves(grid, error, ea) : CoupledRows(grid, error, ea);
            if (moves * 1000 < error.LongLength)
            {
                return;
            }
        }
    }

    private long RowsByThemselves(CodeGrid grid, float[] error, float[] ea)
    {
        long[] moves = new long[problem.Rows];
        Parallel.For(0, problem.Rows, new ParallelOptions { MaxDegreeOfParallelism = problem.Threads }, row =>
        {
            float[] gradient = new float[problem.Columns];
            Span<float> own = error.AsSpan(row * problem.Columns, problem.Columns);
            VectorRows.AddScaled(problem.RowWeights[row], ea.AsSpan(row * problem.Columns, problem.Columns), gradient);
            AddLookup(row, own, gradient);
            moves[row] = MoveRow(grid, row, own, gradient);
        });
        return moves.Sum();
    }

    private long CoupledRows(CodeGrid grid, float[] error, float[] ea)
    {
        int columns = problem.Columns;
        long moves = 0;
        float[] gradients = new float[BlockRows * columns], moved = new float[BlockRows * columns], spread = new float[BlockRows * columns];
        float[] before = new float[columns];
        for (int first = 0; first < problem.Rows; first += BlockRows)
        {
            int count = Math.Min(BlockRows, problem.Rows - first);
            Array.Clear(gradients);
            Array.Clear(moved);
            Array.Clear(spread);
            MatrixProduct.Add(
                problem.Output.AsMemory(first * problem.Rows), problem.Rows, ea, columns, gradients, columns, count, problem.Rows, columns,
                problem.Threads);
            for (int i = 0; i < count; i++)
            {
                int row = first + i;
                Span<float> own = error.AsSpan(row * columns, columns);
                own.CopyTo(before);
                AddLookup(row, own, gradients.AsSpan(i * columns, columns));
                long changes = MoveRow(grid, row, own, gradients.AsSpan(i * columns, columns));
                moves += changes;
                if (changes == 0)
                {
                    continue;
                }

                Span<float> change = moved.AsSpan(i * columns, columns);
                for (int k = 0; k < columns; k++)
                {
                    change[k] = own[k] - before[k];
                }

                AddImage(change, spread.AsSpan(i * columns, columns));
                for (int j = i + 1; j < count; j++)
                {
                    VectorRows.AddScaled(
                        problem.Output![((first + j) * problem.Rows) + row], spread.AsSpan(i * columns, columns),
                        gradients.AsSpan(j * columns, columns));
                }

                VectorRows.AddScaled(1, spread.AsSpan(i * columns, columns), ea.AsSpan(row * columns, columns));
            }
        }

        return moves;
    }

    // Moves codes, then multipliers, then the scale of one row; error and gradient follow.
    private long MoveRow(CodeGrid grid, int row, Span<float> error, Span<float> gradient)
    {
        RowForm form = new(problem, row);
        if (grid.Scales[row] == 0 || !form.IsPositive)
        {
            return 0;
        }

        long all = 0;
        for (int round = 0; round < RowRounds; round++)
        {
            long moves = MoveCodes(grid, row, error, gradient, form);
            moves += MoveMultipliers(grid, row, error, gradient, form);
            all += moves;
            if (moves == 0)
            {
                break;
            }
        }

        MoveScale(grid, row, error, gradient, form);
        return all;
    }

    private long MoveCodes(CodeGrid grid, int row, Span<float> error, Span<float> gradient, RowForm form)
    {
        long moves = 0;
        int columns = problem.Columns;
        for (int group = 0; group < grid.Groups; group++)
        {
            float step = grid.StepOf(row, group);
            int end = Math.Min(columns, (group + 1) * grid.Format.GroupSize);
            for (int k = group * grid.Format.GroupSize; k < end && step > 0; k++)
            {
                float wish = gradient[k] / (form.Diagonal(k) * step);
                if (!(Math.Abs(wish) > 0.5f) || !grid.IsKept(row, k))
                {
                    continue;
                }

                ref sbyte code = ref grid.Codes[(row * columns) + k];
                int moved = (int)Math.Clamp(code + MathF.Round(wish), grid.MinCode, grid.MaxCode);
                if (moved != code)
                {
                    float change = (moved - code) * step;
                    code = (sbyte)moved;
                    error[k] -= change;
                    form.AddRow(-change, k, gradient);
                    moves++;
                }
            }
        }

        return moves;
    }

    private long MoveMultipliers(CodeGrid grid, int row, Span<float> error, Span<float> gradient, RowForm form)
    {
        long moves = 0;
        int columns = problem.Columns;
        Span<float> values = stackalloc float[grid.Format.GroupSize];
        for (int group = 0; group < grid.Groups; group++)
        {
            int first = group * grid.Format.GroupSize;
            int end = Math.Min(columns, first + grid.Format.GroupSize);
            ReadOnlySpan<sbyte> codes = grid.Codes.AsSpan((row * columns) + first, end - first);
            double slope = 0;
            for (int k = first; k < end; k++)
            {
                values[k - first] = codes[k - first];
                slope += (double)gradient[k] * codes[k - first];
            }

            double bend = form.Of(values[..codes.Length], first);
            ref byte multiplier = ref grid.Multipliers[(row * grid.Groups) + group];
            double wish = bend > 0 ? slope / (bend * grid.Scales[row]) : 0;
            int moved = (int)Math.Clamp(multiplier + Math.Round(wish), 1, limit);
            if (multiplier == 0 || moved == multiplier || Math.Abs(wish) <= 0.5)
            {
                continue;
            }

            float change = (moved - multiplier) * grid.Scales[row];
            multiplier = (byte)moved;
            moves++;
            for (int k = first; k < end; k++)
            {
                if (codes[k - first] != 0)
                {
                    float part = change * codes[k - first];
                    error[k] -= part;
                    form.AddRow(-part, k, gradient);
                }
            }
        }

        return moves;
    }

    // A scale is real and always moves a little: whoever calls computes the gradient anew afterwards, from the error.
    private void MoveScale(CodeGrid grid, int row, Span<float> error, Span<float> gradient, RowForm form)
    {
        int columns = problem.Columns;
        float[] value = new float[columns], image = new float[columns];
        grid.ReadRow(row, value);
        for (int k = 0; k < columns; k++)
        {
            if (value[k] != 0)
            {
                form.AddRow(value[k], k, image);
            }
        }

        double bend = VectorRows.Dot(value, image);
        double wish = bend > 0 ? VectorRows.Dot(gradient, value) / bend : 0;
        float scale = grid.Format.ScaleFrom((float)(grid.Scales[row] * (1 + wish)));

        // A change of more than a half is no refinement, but a sign that the row is not described by its codes.
        if (!(Math.Abs(wish) < 0.5) || !float.IsNormal(scale) || scale < 0)
        {
            return;
        }

        float factor = (scale / grid.Scales[row]) - 1;
        grid.Scales[row] = scale;
        for (int k = 0; k < columns; k++)
        {
            error[k] -= factor * value[k];
        }

        VectorRows.AddScaled(-factor, image, gradient);
    }

    // What the row's own errors cost where its token is looked up.
    private void AddLookup(int row, ReadOnlySpan<float> error, Span<float> gradient)
    {
        if (problem.Lookup is null || problem.LookupShares[row] == 0)
        {
            return;
        }

        for (int k = 0; k < error.Length; k++)
        {
            if (error[k] != 0)
            {
                VectorRows.AddScaled(problem.LookupShares[row] * error[k], problem.Lookup.AsSpan(k * error.Length, error.Length), gradient);
            }
        }
    }

    // image += A·x
    private void AddImage(ReadOnlySpan<float> x, Span<float> image)
    {
        for (int k = 0; k < x.Length; k++)
        {
            if (x[k] != 0)
            {
                VectorRows.AddScaled(x[k], problem.Input.AsSpan(k * x.Length, x.Length), image);
            }
        }
    }
}
