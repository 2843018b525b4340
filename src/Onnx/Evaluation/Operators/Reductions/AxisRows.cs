namespace Flightc.Onnx.Evaluation;

/// <summary>A tensor with chosen axes put last, so that what is computed over them lies in rows.</summary>
internal static class AxisRows
{
    /// <summary>The elements, one row after another in the order of the other axes, and the length of a row.</summary>
    public static (OnnxTensor Rows, int Length) Gather(OnnxTensor tensor, int[] axes)
    {
        long[] shape = [.. tensor.Shape];
        int[] order = Order(shape.Length, axes);
        long[] strides = Shapes.Strides(shape);
        OnnxTensor rows = IsLast(order) ? tensor : ElementMoves.Strided(tensor, 0, [.. order.Select(a => strides[a])], [.. order.Select(a => shape[a])]);
        return (rows, checked((int)Shapes.Count([.. axes.Select(a => shape[a])])));
    }

    /// <summary>The opposite: rows back to where their axes belong.</summary>
    public static OnnxTensor Scatter(OnnxTensor rows, int[] axes, long[] shape)
    {
        int[] order = Order(shape.Length, axes);
        if (IsLast(order))
        {
            return new(rows.ElementType, shape, rows.Data);
        }

        long[] own = Shapes.Strides([.. order.Select(a => shape[a])]);
        return ElementMoves.Strided(rows, 0, [.. Enumerable.Range(0, shape.Length).Select(a => own[Array.IndexOf(order, a)])], shape);
    }

    private static int[] Order(int rank, int[] axes) => [.. Enumerable.Range(0, rank).Where(a => !axes.Contains(a)), .. axes.Order()];

    private static bool IsLast(int[] order) => order.SequenceEqual(order.Order());
}
