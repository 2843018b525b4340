namespace Flightc.Raising;

/// <summary>Terms with some columns of others: what a split of a fused projection, or another order of a head's elements, comes to.</summary>
internal static class ColumnSelection
{
    /// <summary>The term with these columns in this order, or null where it cannot be had without computing.</summary>
    public static Term? Of(Term term, IReadOnlyList<int> columns)
    {
        if (columns.Count == term.Columns && IsInOrder(columns))
        {
            return term;
        }

        return term switch
        {
            LinearTerm linear => new LinearTerm(linear.X, linear.Weight.Select(columns), linear.Bias?.Select(columns)),
            NormTerm norm when norm.Size < norm.Columns => OfHeads(norm, columns),
            ActivationTerm activation => Of(activation.X, columns) is { } x ? new ActivationTerm(activation.Function, x) : null,
            _ => null,
        };
    }

    // Whole heads, and the same order within each: then weights can follow.
    private static NormTerm? OfHeads(NormTerm norm, IReadOnlyList<int> columns)
    {
        int size = norm.Size;
        if (columns.Count % size != 0)
        {
            return null;
        }

        int[] order = [.. columns.Take(size).Select(c => c % size)];
        for (int i = 0; i < columns.Count; i++)
        {
            int head = columns[i / size * size] / size;
            if (columns[i] / size != head || columns[i] % size != order[i % size])
            {
                return null;
            }
        }

        return IsInOrder([.. order.Order()]) && Of(norm.X, columns) is { } x
            ? new NormTerm(x, norm.Kind, norm.Epsilon, size, norm.Weight?.Select(order), norm.Bias?.Select(order))
            : null;
    }

    private static bool IsInOrder(IReadOnlyList<int> columns)
    {
        for (int i = 0; i < columns.Count; i++)
        {
            if (columns[i] != i)
            {
                return false;
            }
        }

        return true;
    }
}
