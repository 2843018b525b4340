using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Calibration;

/// <summary>
/// Evaluates a run of nodes of a float Graph for one window of tokens, forwards and backwards, in binary32.
/// </summary>
/// <remarks>
/// A window is a sequence of its own from position 0. Results have the same bits for every number of threads and on every
/// platform, since they reach images by way of statistics. Weights are asked for by node, so that no more than a segment's need be
/// held. The order of float sums is this project's own: the float that models are compared with is
/// <c>Reference</c>'s.
/// </remarks>
internal sealed class DifferentiableGraph
{
    private readonly Graph _graph;
    private readonly Func<Weight, float[]> _weights;
    private readonly DifferentiableOperators _operators;

    /// <param name="graph">As the frontend makes it: float, not fused.</param>
    /// <param name="weights">The data of a weight.</param>
    /// <param name="threads">The most threads to use; -1 for as many as there are processors.</param>
    /// <exception cref="CompilationException">An operator has no derivative here (FLC2001).</exception>
    public DifferentiableGraph(Graph graph, Func<Weight, float[]> weights, int threads)
    {
        (_graph, _weights, _operators) = (graph, weights, new DifferentiableOperators(threads));
        foreach (Node node in graph.Nodes)
        {
            if (node.Op is not (Embedding or RmsNorm or Linear or RotaryEmbedding or Attention or Activation or Mul or Add
                or LayerNorm or AddPositions or SoftCap)
                || node.Op is Linear { HasResidual: true })
            {
                throw new CompilationException(
                    Codes.GraphInvalid, $"calibration knows no derivative of {node.Op.Mnemonic} with {node.Operands.Count} operands", node.Name);
            }
        }
    }

    /// <summary>Computes the values of nodes <paramref name="first"/> … <paramref name="end"/> - 1.</summary>
    /// <param name="window">Has the values that they need from outside; gets theirs.</param>
    /// <param name="first">Number of the first node.</param>
    /// <param name="end">Behind the last one.</param>
    public void Forward(WindowState window, int first, int end)
    {
        for (int i = first; i < end; i++)
        {
            Node node = _graph.Nodes[i];
            window.Values[_graph.ValueOfNode(i).Index] = Execute(node, window);
        }
    }

    /// <summary>Adds the gradients of what the nodes read to <see cref="WindowState.Gradients"/>.</summary>
    /// <param name="window">Has all values of the nodes, and the gradients of those that are used behind them.</param>
    /// <param name="first">Number of the first node.</param>
    /// <param name="end">Behind the last one.</param>
    public void Backward(WindowState window, int first, int end)
    {
        for (int i = end - 1; i >= first; i--)
        {
            Node node = _graph.Nodes[i];
            if (window.Gradients[_graph.ValueOfNode(i).Index] is { } gradient)
            {
                Differentiate(node, window, gradient);
            }
        }
    }

    private float[] Execute(Node node, WindowState window)
    {
        return node.Op switch
        {
            Embedding embedding => DifferentiableOperators.Embedding(window.Ids, WeightOf(node), (int)node.Type.Columns, embedding.Scale),
            AddPositions positions => DifferentiableOperators.AddPositions(Value(0), WeightOf(node), window.Tokens, positions.Offset),
            RmsNorm norm => _operators.RmsNorm(Value(0), WeightOf(node), norm.Epsilon),
            LayerNorm norm => _operators.LayerNorm(Value(0), WeightOf(node), norm.HasBias ? WeightOf(node, 2) : null, norm.Epsilon),
            Linear linear => _operators.Linear(Value(0), WeightOf(node), linear.HasBias ? WeightOf(node, 2) : null, window.Tokens),
            RotaryEmbedding rotary => _operators.Rotary(Value(0), rotary, window.Tokens, inverse: false),
            Attention attention => _operators.Attention(Value(0), Value(1), Value(2), attention, window.Tokens),
            Activation activation => DifferentiableActivations.Of(activation.Function, Value(0)),
            SoftCap op => DifferentiableActivations.Cap(Value(0), op.Cap),
            Mul => DifferentiableOperators.Mul(Value(0), Value(1)),
            Add => DifferentiableOperators.Add(Value(0), Value(1)),
            _ => throw new InvalidOperationException($"{node.Name} cannot be evaluated"),
        };

        float[] Value(int operand) => window.Values[node.Operands[operand].Index]!;
    }

    private void Differentiate(Node node, WindowState window, float[] gradient)
    {
        switch (node.Op)
        {
            case Embedding:
                break;
            case AddPositions:
                Give(0, (float[])gradient.Clone());
                break;
            case LayerNorm norm:
                Give(0, _operators.LayerNormGradient(Value(0), WeightOf(node), norm.Epsilon, gradient));
                break;
            case RmsNorm norm:
                Give(0, _operators.RmsNormGradient(Value(0), WeightOf(node), norm.Epsilon, gradient));
                break;
            case Linear:
                Give(0, _operators.LinearGradient(gradient, WeightOf(node), window.Tokens));
                break;
            case RotaryEmbedding rotary:
                Give(0, _operators.Rotary(gradient, rotary, window.Tokens, inverse: true));
                break;
            case Attention attention:
                (float[] q, float[] k, float[] v) = _operators.AttentionGradient(
                    Value(0), Value(1), Value(2), attention, window.Tokens, gradient);
                Give(0, q);
                Give(1, k);
                Give(2, v);
                break;
            case Activation activation:
                Give(0, DifferentiableActivations.Gradient(activation.Function, Value(0), gradient));
                break;
            case SoftCap op:
                Give(0, DifferentiableActivations.CapGradient(Value(0), op.Cap, gradient));
                break;
            case Mul:
                Give(0, DifferentiableOperators.Mul(gradient, Value(1)));
                Give(1, DifferentiableOperators.Mul(gradient, Value(0)));
                break;
            case Add:
                Give(0, (float[])gradient.Clone());
                Give(1, (float[])gradient.Clone());
                break;
            default:
                throw new InvalidOperationException($"{node.Name} has no derivative");
        }

        float[] Value(int operand) => window.Values[node.Operands[operand].Index]!;

        void Give(int operand, float[] part)
        {
            ref float[]? sum = ref window.Gradients[node.Operands[operand].Index];
            sum = sum is null ? part : DifferentiableOperators.Add(sum, part);
        }
    }

    private float[] WeightOf(Node node, int operand = 1) => _weights(_graph.WeightOf(node.Operands[operand])!);
}
