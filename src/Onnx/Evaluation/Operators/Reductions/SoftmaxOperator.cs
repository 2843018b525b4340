namespace Flightc.Onnx.Evaluation;

/// <summary>Softmax, its logarithm, or 1 at the first largest element. Before opset 13 all axes from one on make a row; after, one axis does.</summary>
internal sealed class SoftmaxOperator(string name, Action<double[]> function) : OnnxOperator(new OperatorDefinition(name, [1, 11, 13])
{
    Inputs = [new("input", "T")],
    Outputs = [new("output", "T")],
    Attributes = [AttributeDefinition.Int("axis", 1, until: 13), AttributeDefinition.Int("axis", -1, since: 13)],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.Floats },
})
{
    /// <summary>All three.</summary>
    public static IEnumerable<OnnxOperator> All =>
    [
        new SoftmaxOperator("Hardmax", Hardmax),
        new SoftmaxOperator("LogSoftmax", LogSoftmax),
        new SoftmaxOperator("Softmax", static row => Softmax(row)),
    ];

    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        Axes(call);
        return [call.Type(0)];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        OnnxTensorType type = types[0]!;
        int[] axes = Axes(call);
        (OnnxTensor rows, int length) = AxisRows.Gather(call.Value(0), axes);
        double[] elements = TensorElements.ToDoubles(rows);
        for (int start = 0; start < elements.Length; start += length)
        {
            double[] row = elements[start..(start + length)];
            function(row);
            row.CopyTo(elements, start);
        }

        return [AxisRows.Scatter(TensorElements.Create(type.ElementType, [.. rows.Shape], elements), axes, type.Shape)];
    }

    /// <summary>Exponentials over their sum. A row of -∞ alone gives NaN, as the definition has it.</summary>
    public static void Softmax(Span<double> row)
    {
        double largest = Largest(row);
        double sum = 0;
        for (int i = 0; i < row.Length; i++)
        {
            row[i] = PortableFunctions.Exp(row[i] - largest);
            sum += row[i];
        }

        for (int i = 0; i < row.Length; i++)
        {
            row[i] /= sum;
        }
    }

    private static void LogSoftmax(double[] row)
    {
        double largest = Largest(row);
        double sum = 0;
        foreach (double x in row)
        {
            sum += PortableFunctions.Exp(x - largest);
        }

        double shift = largest + PortableFunctions.Log(sum);
        for (int i = 0; i < row.Length; i++)
        {
            row[i] -= shift;
        }
    }

    private static void Hardmax(double[] row)
    {
        int place = Array.IndexOf(row, Largest(row));
        Array.Clear(row);
        if (place >= 0)
        {
            row[place] = 1;
        }
    }

    private static double Largest(ReadOnlySpan<double> row)
    {
        double largest = double.NegativeInfinity;
        foreach (double x in row)
        {
            largest = Math.Max(largest, x);
        }

        return largest;
    }

    private static int[] Axes(OperatorCall call)
    {
        int rank = call.Type(0).Rank;
        long named = call.Int("axis");
        if (call.Version >= 13)
        {
            return [call.Axis(named, rank)];
        }

        // One past the last axis was allowed: every element is a row then.
        int first = named == rank ? rank : call.Axis(named, rank);
        return [.. Enumerable.Range(first, rank - first)];
    }
}
