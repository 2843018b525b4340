using Flightc.Onnx;
using Flightc.Onnx.Evaluation;

namespace Flightc.Raising;

/// <summary>A value of the data graph of which is known what it means: every element is one of a term's.</summary>
/// <remarks>Reshapes, transpositions, slices and splits change which element stands where and nothing else. They are executed on these indices by the same evaluator that executes
/// numbers, so that every way of writing them is understood without a rule for each.</remarks>
internal sealed class View
{
    // Null for all elements of the term in order: caches can be long, and most of them nobody looks at.
    private ViewIndex? _index;

    /// <param name="term">What it means.</param>
    /// <param name="index">For each element of the value <c>token · columns + column</c>; int64, in the shape of the value.</param>
    public View(Term term, OnnxTensor index)
        : this(term, new ViewIndex(index))
    {
    }

    /// <param name="term">What it means.</param>
    /// <param name="index">Which element stands where.</param>
    public View(Term term, ViewIndex index)
    {
        Term = term;
        Shape = index.Tensor.Shape;
        _index = index;
        IsInOrder = index.IsInOrder;
    }

    private View(Term term, IReadOnlyList<long> shape)
    {
        Term = term;
        Shape = shape;
    }

    /// <summary>What it means.</summary>
    public Term Term { get; }

    /// <summary>Which element stands where.</summary>
    public ViewIndex Index => _index ??= new ViewIndex(InOrder(Shape));

    /// <summary>The elements of <see cref="Index"/>.</summary>
    public long[] Indices => Index.Indices;

    /// <summary>The value's shape.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>All elements of a term in order.</summary>
    public static View Whole(Term term, IReadOnlyList<long> shape) => new(term, shape) { IsInOrder = true };

    /// <summary>Whether it is known without looking that all elements of the term stand in order.</summary>
    public bool IsInOrder { get; private init; }

    /// <summary>The same view of another term with as many columns.</summary>
    public View Of(Term other) => IsInOrder ? Whole(other, Shape) : new View(other, Index);

    /// <summary>The same elements in the same order in another shape.</summary>
    public View Reshaped(IReadOnlyList<long> shape) =>
        IsInOrder ? Whole(Term, shape) : new View(Term, Index.Reshaped(shape));

    /// <summary>Whether both show the same elements in the same order.</summary>
    public bool HasElementsOf(View other) =>
        IsInOrder && other.IsInOrder ? Shape.Aggregate(1L, (n, d) => n * d) == other.Shape.Aggregate(1L, (n, d) => n * d) : Indices.AsSpan().SequenceEqual(other.Indices);

    /// <summary>The columns it shows, ascending.</summary>
    public int[] UsedColumns() => Index.UsedColumns(Term.Columns);

    /// <summary>The same value, of a term that has only the columns shown.</summary>
    /// <returns>Null where the term cannot be reduced to these columns.</returns>
    public View? Reduced()
    {
        if (IsInOrder)
        {
            return this;
        }

        int[] columns = UsedColumns();
        if (columns.Length == Term.Columns)
        {
            return this;
        }

        int[] ranks = new int[Term.Columns];
        for (int i = 0; i < columns.Length; i++)
        {
            ranks[columns[i]] = i;
        }

        return ColumnSelection.Of(Term, columns) is not { } selected
            ? null
            : new View(selected, TensorElements.Of([.. Indices.Select(i => (i / Term.Columns * columns.Length) + ranks[i % Term.Columns])], [.. Shape]));
    }

    /// <summary>The value as rows: consecutive elements, so many to a row, each row a token's and all with the same columns.</summary>
    /// <param name="width">Elements of a row.</param>
    /// <returns>The term with these columns in this order, and the token of each row; null where it is not so.</returns>
    public (Term Term, int[] Tokens)? Rows(int width)
    {
        if (IsInOrder && width == Term.Columns)
        {
            return (Term, [.. Enumerable.Range(0, (int)(Shape.Aggregate(1L, (n, d) => n * d) / width))]);
        }

        long[] indices = Indices;
        if (width == 0 || indices.Length == 0 || indices.Length % width != 0)
        {
            return null;
        }

        int columns = Term.Columns;
        int[] tokens = new int[indices.Length / width];
        for (int row = 0; row < tokens.Length; row++)
        {
            tokens[row] = (int)(indices[row * width] / columns);
            for (int i = 0; i < width; i++)
            {
                if (indices[(row * width) + i] / columns != tokens[row] || indices[(row * width) + i] % columns != indices[i] % columns)
                {
                    return null;
                }
            }
        }

        int[] chosen = [.. indices.Take(width).Select(i => (int)(i % columns))];
        return ColumnSelection.Of(Term, chosen) is { } selected ? (selected, tokens) : null;
    }

    /// <summary>A view of rows: as many elements to each as the term has columns.</summary>
    public static View OfRows(Term term, int[] tokens, long[] shape)
    {
        if (tokens.Select((t, i) => t == i).All(same => same))
        {
            return Whole(term, shape);
        }

        long[] indices = new long[(long)tokens.Length * term.Columns];
        for (int i = 0; i < indices.Length; i++)
        {
            indices[i] = ((long)tokens[i / term.Columns] * term.Columns) + (i % term.Columns);
        }

        return new View(term, TensorElements.Of(indices, shape));
    }

    private static OnnxTensor InOrder(IReadOnlyList<long> shape)
    {
        long[] indices = new long[shape.Aggregate(1L, (n, d) => n * d)];
        for (long i = 0; i < indices.Length; i++)
        {
            indices[i] = i;
        }

        return TensorElements.Of(indices, [.. shape]);
    }
}
