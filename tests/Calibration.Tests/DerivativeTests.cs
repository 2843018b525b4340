using Flightc.Calibration;
using Flightc.IR;
using Flightc.Numerics;

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
        Holds(3 * 10, x => _operators.RmsNorm(x, w, 1e-5f), (x, g) => _operators.RmsNormGradient(x, w, 1e-5f, g));
    }

    [Fact]
    public void The_derivative_of_a_product_is_that_of_its_differences()
    {
        float[] w = _random.Floats(7 * 10);
        float[] bias = _random.Floats(7);
        Holds(3 * 10, x => _operators.Linear(x, w, null, 3), (_, g) => _operators.LinearGradient(g, w, 3));
        Holds(3 * 10, x => _operators.Linear(x, w, bias, 3), (_, g) => _operators.LinearGradient(g, w, 3));
    }

    [Fact]
    public void The_derivative_of_a_layer_norm_is_that_of_its_differences()
    {
        float[] w = _random.Floats(10), bias = _random.Floats(10);
        Holds(
            3 * 10, x => _operators.LayerNorm(x, w, bias, 1e-5f),
            (x, g) => _operators.LayerNormGradient(x, w, 1e-5f, g));
        float[] y = _operators.LayerNorm([3, 5], [1, 10], [0.5f, 0], 0);
        Assert.Equal([-0.5f, 10f], y);
    }

    [Theory]
    [InlineData(ActivationFunction.Silu, 0.73105858f, -0.26894142f)]
    [InlineData(ActivationFunction.Gelu, 0.84134475f, -0.15865525f)]
    [InlineData(ActivationFunction.GeluTanh, 0.84119199f, -0.15880801f)]
    [InlineData(ActivationFunction.Relu, 1f, 0f)]
    [InlineData(ActivationFunction.QuickGelu, 0.84579576f, -0.15420424f)]
    public void The_derivative_of_a_function_is_that_of_its_differences(ActivationFunction function, float atOne, float atMinusOne)
    {
        float[] y = DifferentiableActivations.Of(function, [1, -1, 0, 30, -30]);
        Assert.Equal([atOne, atMinusOne, 0, 30, 0], y, (a, b) => Math.Abs(a - b) < 1e-6);
        Holds(200, x => DifferentiableActivations.Of(function, x), (x, g) => DifferentiableActivations.Gradient(function, x, g), least: Step);
    }

    [Fact]
    public void The_derivative_of_a_cap_is_that_of_its_differences()
    {
        Assert.Equal([0, 1.5231883f, -2, 2], DifferentiableActivations.Cap([0, 2, -100, 100], 2), (a, b) => Math.Abs(a - b) < 1e-6);
        Holds(40, x => DifferentiableActivations.Cap(x, 0.7f), (x, g) => DifferentiableActivations.CapGradient(x, 0.7f, g));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_derivative_of_rotary_positions_is_that_of_their_differences(bool isPartial)
    {
        RotaryEmbedding op = isPartial ? new(6, new RotaryAngles(100, 4, [1, 3], 1.25)) : new(6, 10000);
        Holds(
            5 * 12, x => _operators.Rotary(x, op, 5, inverse: false), (_, g) => _operators.Rotary(g, op, 5, inverse: true));
    }

    [Fact]
    public void The_derivatives_of_gates_are_those_of_their_differences()
    {
        float[] other = _random.Floats(40);
        Holds(40, x => DifferentiableOperators.Mul(x, other), (_, g) => DifferentiableOperators.Mul(g, other));
        Holds(40, x => DifferentiableOperators.Add(x, other), (_, g) => g);
    }

    [Theory]
    [InlineData(0, 4, 4, false)]
    [InlineData(1, 4, 2, false)]
    [InlineData(2, 4, 1, false)]
    [InlineData(0, 4, 4, true)]
    [InlineData(1, 4, 2, true)]
    [InlineData(2, 4, 1, true)]
    public void The_derivative_of_attention_by_each_operand_is_that_of_its_differences(int operand, int heads, int kvHeads, bool isVaried)
    {
        const int tokens = 6, d = 4;
        Attention op = isVaried ? new(heads, kvHeads, d, Scale: 0.7f, Window: 3, Cap: 1.5f) : new(heads, kvHeads, d);
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
        HoldsForAllValues(model.Graph, w => model[w.Name]);
    }

    [Fact]
    public void So_it_is_in_models_of_other_families()
    {
        TextModel model = new(seed: 3);
        HoldsForAllValues(model.Graph, w => model[w.Name]);
    }

    private void HoldsForAllValues(Graph graph, Func<Weight, float[]> weights)
    {
        DifferentiableGraph differentiable = new(graph, weights, threads: 2);
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

    /// <param name="count">Elements of x.</param>
    /// <param name="f">y of x.</param>
    /// <param name="gradientOf">That of Σ c·y, of x and c.</param>
    /// <param name="least">No element is nearer to 0: a function may have a corner there.</param>
    private void Holds(int count, Func<float[], float[]> f, Func<float[], float[], float[]> gradientOf, float least = 0)
    {
        float[] x = [.. _random.Floats(count).Select(value => value < 0 ? Math.Min(value, -least) : Math.Max(value, least))];
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
