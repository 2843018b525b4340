using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Calibration;

/// <summary>Finds the statistics of a model on windows of tokens.</summary>
public static class CalibrationRun
{
    /// <summary>Runs the windows forwards and backwards.</summary>
    /// <param name="graph">As the frontend makes it: float, not fused.</param>
    /// <param name="weights">Its data.</param>
    /// <param name="windows">Sequences of tokens, each from position 0; at least one, none empty.</param>
    /// <param name="options">Wishes.</param>
    /// <param name="progress">Told the share that is done, 0 … 1.</param>
    /// <param name="token">Stops between windows.</param>
    /// <exception cref="CompilationException">An operator has no derivative (FLC2001), an id is outside the vocabulary (FLC5002), or
    /// a value is not finite (FLC5003).</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static CalibrationStatistics Collect(
        Graph graph, IWeights weights, IReadOnlyList<int[]> windows, CalibrationOptions options, Action<double>? progress,
        CancellationToken token)
    {
        IReadOnlyList<CalibratedMatrix> matrices = CalibratedMatrix.Of(graph, options.MaxWholeOutputMoment);
        Dictionary<string, float[]> data = new(StringComparer.Ordinal);
        foreach (Weight weight in graph.Weights)
        {
            float[] values = new float[weight.Type.Shape.Aggregate(1L, (product, d) => product * d.Size)];
            weights.Read(weight.Name, 0, values);
            data.Add(weight.Name, values);
        }

        DifferentiableGraph model = new(graph, w => data[w.Name], options.Threads);
        TokenSampler sampler = new(options.Seed);
        MomentSums sums = new(options.Threads);
        int logits = graph.Outputs[0].Index;
        for (int i = 0; i < windows.Count; i++)
        {
            token.ThrowIfCancellationRequested();
            WindowState window = new(graph, windows[i]);
            model.Forward(window, 0, graph.Nodes.Count);
            AddInputs(graph, matrices, window, sums);
            for (int draw = 0; draw < options.Draws; draw++)
            {
                Array.Clear(window.Gradients);
                window.Gradients[logits] = sampler.Gradient(window.Values[logits]!, window.Tokens, i, draw, options.Threads);
                model.Backward(window, 0, graph.Nodes.Count);
                AddOutputs(graph, matrices, window, sums);
            }

            progress?.Invoke((i + 1.0) / windows.Count);
        }

        long tokens = windows.Sum(w => (long)w.Length);
        foreach (string name in matrices.Where(m => m.IsMultiplied).Select(m => m.InputMoment).Distinct())
        {
            sums.Scale(name, 1.0 / tokens);
        }

        foreach (CalibratedMatrix matrix in matrices)
        {
            if (matrix.IsMultiplied)
            {
                sums.Scale(matrix.OutputMoment, 1.0 / tokens / options.Draws);
            }

            if (matrix.IsLookedUp)
            {
                sums.Scale(matrix.LookupMoment, 1.0 / tokens / options.Draws);
                sums.SetShares(matrix.LookupShares, windows, matrix.Rows);
            }
        }

        CalibrationPart part = new(
            ContentHash.OfWindows(windows), tokens, windows.Count, windows.Max(w => w.Length), options.Seed, options.Draws);
        return new CalibrationStatistics(ContentHash.OfModel(graph, weights), [part], matrices, new MemoryTensors(sums.Tensors));
    }

    private static void AddInputs(Graph graph, IReadOnlyList<CalibratedMatrix> matrices, WindowState window, MomentSums sums)
    {
        HashSet<string> done = [];
        foreach (Node node in graph.Nodes.Where(n => n.Op is Linear && done.Add(graph.NameOf(n.Operands[0]))))
        {
            CalibratedMatrix matrix = matrices.First(m => m.Role == graph.NameOf(node.Operands[1]));
            float[] x = window.Values[node.Operands[0].Index]!;
            sums.AddMoment(matrix.InputMoment, x, matrix.Columns);
            sums.TakeLargest(matrix.InputLargest, x, matrix.Columns);
        }
    }

    private static void AddOutputs(Graph graph, IReadOnlyList<CalibratedMatrix> matrices, WindowState window, MomentSums sums)
    {
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            Node node = graph.Nodes[i];
            if (node.Op is not (Linear or Embedding))
            {
                continue;
            }

            CalibratedMatrix matrix = matrices.First(m => m.Role == graph.NameOf(node.Operands[1]));
            float[] gradient = window.Gradients[graph.ValueOfNode(i).Index]!;
            if (node.Op is Embedding)
            {
                sums.AddMoment(matrix.LookupMoment, gradient, matrix.Columns);
            }
            else if (matrix.HasWholeOutputMoment)
            {
                sums.AddMoment(matrix.OutputMoment, gradient, matrix.Rows);
            }
            else
            {
                sums.AddSquares(matrix.OutputMoment, gradient, matrix.Rows);
            }
        }
    }
}
