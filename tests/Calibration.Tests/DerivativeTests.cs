using Flightc.Calibration;
using Flightc.IR;

namespace Flightc.Tests;

/// <summary>Derivatives against central differences of Σ c·y, c random.</summary>
public sealed class DerivativeTests
{
    private const float Step = 1f / 128;

    private readonly RandomNumbers _random = new(17);
    private readonly DifferentiableOperators _operators = new(threads: 2);

    [Fact]
    public void The_derivative_of_a_norm_is_that_of_its_differences()
    {
        float[] w = _random.Floats(10);
        Holds(3 * 10, x => DifferentiableOperators.RmsNorm(x, w, 1e-5f), (x, g) => DifferentiableOperators.RmsNormGradient(x, w, 1e-5f, g));
    }

    [Fact]
    public void The_derivative_of_a_product_is_that_of_its_differences()
    {
        float[] w = _random.Floats(7 * 10);
        Holds(3 * 10, x => _operators.Linear(x, w, 3), (_, g) => _operators.LinearGradient(g, w, 3));
    }

    [Fact]
    public void The_derivative_of_rotary_positions_is_that_of_their_differences()
    {
        RotaryEmbedding op = new(6, 10000);
        Holds(
            5 * 12, x => DifferentiableOperators.Rotary(x, op, 5, inverse: false), (_, g) => DifferentiableOperators.Rotary(g, op, 5, inverse: true));
    }

    [Fact]
    public void The_derivatives_of_gates_are_those_of_their_differences()
    {
        float[] other = _random.Floats(40);
        Holds(40, DifferentiableOperators.Silu, DifferentiableOperators.SiluGradient);
        Holds(40, x => DifferentiableOperators.Mul(x, other), (_, g) => DifferentiableOperators.Mul(g, other));
        Holds(40, x => DifferentiableOperators.Add(x, other), (_, g) => g);
    }

    [Theory]
    [InlineData(0, 4, 4)]
    [InlineData(1, 4, 2)]
    [InlineData(2, 4, 1)]
    public void The_derivative_of_attention_by_each_operand_is_that_of_its_differences(int operand, int heads, int kvHeads)
    {
        const int tokens = 6, d = 4;
        Attention op = new(heads, kvHeads, d);
        float[][] x = [_random.Floats(tokens * heads * d, 2), _random.Floats(tokens * kvHeads * d, 2), _random.Floats(tokens * kvHeads * d)];
        Holds(
            x[operand].Length,
            y =>
            {
                x[operand] = y;
                return _operators.Attention(x[0], x[1], x[2], op, tokens);
            },
            (y, g) =>
            {
                x[operand] = y;
                (float[] q, float[] k, float[] v) = _operators.AttentionGradient(x[0], x[1], x[2], op, tokens, g);
                return operand switch { 0 => q, 1 => k, _ => v };
            });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_derivative_by_every_value_of_a_model_is_that_of_its_differences(bool isTied)
    {
        TinyModel model = new(9, layers: 2, isTied);
        Graph graph = model.Graph;
        DifferentiableGraph differentiable = new(graph, w => model[w.Name], threads: 2);
        WindowState window = new(graph, TinyModel.Windows(4, 7)[0]);
        differentiable.Forward(window, 0, graph.Nodes.Count);
        int logits = graph.Outputs[0].Index;
        float[] c = _random.Floats(window.Values[logits]!.Length);
        window.Gradients[logits] = (float[])c.Clone();
        differentiable.Backward(window, 0, graph.Nodes.Count);
        for (int node = 0; node < graph.Nodes.Count - 1; node++)
        {
            int value = graph.ValueOfNode(node).Index;
            float[] gradient = window.Gradients[value]!;
            for (int trial = 0; trial < 4; trial++)
            {
                int at = _random.Below(gradient.Length);
                double difference = (Loss(node, at, Step) - Loss(node, at, -Step)) / (2 * Step);
                double scale = Math.Sqrt(gradient.Average(g => (double)g * g));
                Assert.True(
                    Math.Abs(difference - gradient[at]) < 0.02 * (scale + Math.Abs(difference)),
                    $"{graph.Nodes[node].Name}[{at}]: {gradient[at]}, by differences {difference}");
            }
        }

        double Loss(int node, int at, float step)
        {
            WindowState moved = new(graph, window.Ids);
            window.Values.CopyTo(moved.Values, 0);
            ref float[]? value = ref moved.Values[graph.ValueOfNode(node).Index];
            value = (float[])value!.Clone();
            value[at] += step;
            differentiable.Forward(moved, node + 1, graph.Nodes.Count);
            return Sum(moved.Values[logits]!, c);
        }
    }

    private void Holds(int count, Func<float[], float[]> f, Func<float[], float[], float[]> gradientOf)
    {
        float[] x = _random.Floats(count);
        float[] c = _random.Floats(f(x).Length);
        float[] gradient = gradientOf(x, c);
        Assert.Equal(count, gradient.Length);
        double scale = Math.Sqrt(gradient.Average(g => (double)g * g));
        for (int i = 0; i < count; i++)
        {
            float kept = x[i];
            x[i] = kept + Step;
            double above = Sum(f(x), c);
            x[i] = kept - Step;
            double difference = (above - Sum(f(x), c)) / (2 * Step);
            x[i] = kept;
            Assert.True(Math.Abs(difference - gradient[i]) < 0.01 * scale, $"[{i}]: {gradient[i]}, by differences {difference}");
        }
    }

    private static double Sum(float[] y, float[] c) => y.Zip(c, (a, b) => (double)a * b).Sum();
}
