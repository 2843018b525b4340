using Flightc.Calibration;
using Flightc.IR;

namespace Flightc.Tests;

/// <summary>Statistics the plain way: the whole model in memory, one window after another. What the run by segments has to equal.</summary>
internal static class WholeModelRun
{
    public static Dictionary<string, float[]> Collect(TinyModel model, int[][] windows, CalibrationOptions options)
    {
        Graph graph = model.Graph;
        DifferentiableGraph differentiable = new(graph, w => model[w.Name], threads: 1);
        Dictionary<string, CalibratedMatrix> matrices = CalibratedMatrix.Of(graph, options.MaxWholeOutputMoment).ToDictionary(m => m.Role);
        MomentSums sums = new(threads: 1);
        TokenSampler sampler = new(options.Seed);
        int logits = graph.Outputs[0].Index;
        for (int i = 0; i < windows.Length; i++)
        {
            WindowState state = new(graph, windows[i]);
            differentiable.Forward(state, 0, graph.Nodes.Count);
            HashSet<string> done = [];
            foreach (Node node in graph.Nodes.Where(n => n.Op is Linear && done.Add(graph.NameOf(n.Operands[0]))))
            {
                CalibratedMatrix matrix = matrices[graph.NameOf(node.Operands[1])];
                sums.AddMoment(matrix.InputMoment, state.Values[node.Operands[0].Index]!, matrix.Columns);
                sums.TakeLargest(matrix.InputLargest, state.Values[node.Operands[0].Index]!, matrix.Columns);
            }

            for (int draw = 0; draw < options.Draws; draw++)
            {
                Array.Clear(state.Gradients);
                state.Gradients[logits] = sampler.Gradient(state.Values[logits]!, state.Tokens, i, draw, threads: 1);
                differentiable.Backward(state, 0, graph.Nodes.Count);
                for (int n = 0; n < graph.Nodes.Count; n++)
                {
                    float[] gradient = state.Gradients[graph.ValueOfNode(n).Index]!;
                    if (graph.Nodes[n].Op is Linear && matrices[graph.NameOf(graph.Nodes[n].Operands[1])] is var product)
                    {
                        if (product.HasWholeOutputMoment)
                        {
                            sums.AddMoment(product.OutputMoment, gradient, product.Rows);
                        }
                        else
                        {
                            sums.AddSquares(product.OutputMoment, gradient, product.Rows);
                        }
                    }
                    else if (graph.Nodes[n].Op is Embedding && matrices[graph.NameOf(graph.Nodes[n].Operands[1])] is var table)
                    {
                        sums.AddMoment(table.LookupMoment, gradient, table.Columns);
                    }
                }
            }
        }

        double tokens = windows.Sum(w => w.Length);
        foreach (CalibratedMatrix matrix in matrices.Values)
        {
            if (matrix.IsLookedUp)
            {
                sums.Scale(matrix.LookupMoment, 1 / (tokens * options.Draws));
                sums.SetShares(matrix.LookupShares, windows, matrix.Rows);
            }

            if (matrix.IsMultiplied)
            {
                sums.Scale(matrix.OutputMoment, 1 / (tokens * options.Draws));
            }
        }

        foreach (string moment in matrices.Values.Where(m => m.IsMultiplied).Select(m => m.InputMoment).Distinct())
        {
            sums.Scale(moment, 1 / tokens);
        }

        return sums.Tensors.ToDictionary(t => t.Key, t => t.Value);
    }
}
