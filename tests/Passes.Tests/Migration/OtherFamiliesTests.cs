using Flightc.Calibration;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Passes.Migration;
using Flightc.Recipes;
using Flightc.Reference;

namespace Flightc.Tests.Migration;

/// <summary>Migration where norms and products have biases.</summary>
public sealed class OtherFamiliesTests
{
    private static readonly int[] Ids = [.. Enumerable.Range(0, 30).Select(i => i * 17 % 40)];

    [Theory]
    [InlineData(RotationKind.None, MigrationMethod.Awq)]
    [InlineData(RotationKind.None, MigrationMethod.SmoothQuant)]
    [InlineData(RotationKind.Values, MigrationMethod.None)]
    [InlineData(RotationKind.Values, MigrationMethod.Awq)]
    public void Biases_move_with_the_rows_of_their_weights(RotationKind rotation, MigrationMethod migration)
    {
        TextModel model = new();

        // A feature that sticks out, so that there is something to scale.
        model["a.norm.weight"][7] = 9;
        model["b.norm.weight"][7] = 9;
        using CalibrationStatistics calibration =
            CalibrationRun.Collect(model.Graph, model, [Ids], new CalibrationOptions { Seed = 3 }, null, CancellationToken.None);
        MigratedModel migrated = MigratedModel.Of(
            model.Graph, _ => new QuantizedFormat(4, 32), model, calibration, SmallModel.Wishes(rotation, migration));

        float[] expected = Logits(model.Graph, model), actual = Logits(model.Graph, migrated.Weights);
        Assert.InRange(SmallModel.Distance(expected, actual), 0, 1e-5);

        Assert.Contains(model.Graph.Weights.Where(w => w.Name.EndsWith(".bias", StringComparison.Ordinal)), weight =>
        {
            float[] bias = new float[weight.Type.Columns];
            migrated.Weights.Read(weight.Name, 0, bias);
            return !model[weight.Name].SequenceEqual(bias);
        });
    }

    [Fact]
    public void Hidden_values_behind_layer_norms_cannot_be_rotated()
    {
        TextModel model = new();
        CompilationException error = Assert.Throws<CompilationException>(() => MigratedModel.Of(
            model.Graph, _ => null, model, null, SmallModel.Wishes(RotationKind.Residual, MigrationMethod.None)));
        Assert.Equal(Codes.QuantisationImpossible, error.Diagnostics[0].Code);
        Assert.Contains("add_positions", error.Diagnostics[0].Message, StringComparison.Ordinal);
    }

    private static float[] Logits(Graph graph, IWeights weights)
    {
        FloatExecutor executor = new(graph, weights, threads: 1);
        return [.. executor.Run(executor.NewSequence(), Ids).SelectMany(row => row)];
    }
}
