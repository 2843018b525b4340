using Flightc.Calibration;
using Flightc.Compression;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Passes;
using Flightc.Passes.Compression;
using Flightc.Passes.Migration;
using Flightc.Recipes;

namespace Flightc.Tests.Migration;

public sealed class MigratedModelTests
{
    private static readonly QuantizedFormat Four = new(4, 32);

    public static TheoryData<RotationKind, MigrationMethod> Wishes =>
        new MatrixTheoryData<RotationKind, MigrationMethod>(Enum.GetValues<RotationKind>(), Enum.GetValues<MigrationMethod>());

    [Theory]
    [MemberData(nameof(Wishes))]
    public void What_a_model_computes_stays_the_same(RotationKind rotation, MigrationMethod migration)
    {
        SmallModel model = new();
        using CalibrationStatistics calibration = model.Calibrate(model);
        MigratedModel migrated = Migrate(model, calibration, rotation, migration);
        float[][] expected = model.Logits(model), actual = model.Logits(migrated.Weights);
        Assert.InRange(SmallModel.Distance(expected.SelectMany(x => x), actual.SelectMany(x => x)), 0, 1e-5);

        bool isSame = rotation == RotationKind.None && migration == MigrationMethod.None;
        Assert.Equal(isSame, model.ReadAll(model, "layers.0.attn.v.weight").SequenceEqual(model.ReadAll(migrated.Weights, "layers.0.attn.v.weight")));
    }

    [Theory]
    [MemberData(nameof(Wishes))]
    public void Statistics_are_those_that_calibrating_again_would_find(RotationKind rotation, MigrationMethod migration)
    {
        SmallModel model = new();
        using CalibrationStatistics calibration = model.Calibrate(model);
        MigratedModel migrated = Migrate(model, calibration, rotation, migration);
        using CalibrationStatistics again = model.Calibrate(migrated.Weights);
        foreach (CalibratedMatrix matrix in again.Matrices)
        {
            WeightStatistics expected = again.Find(matrix.Role)!, actual = migrated.Calibration!.Find(matrix.Role)!;
            AssertNear(expected.InputMoment, actual.InputMoment, matrix.Role);
            AssertNear(expected.OutputMoment, actual.OutputMoment, matrix.Role);
            AssertNear(expected.LookupMoment, actual.LookupMoment, matrix.Role);
            Assert.Equal(expected.LookupShares, actual.LookupShares);
            if (rotation == RotationKind.None)
            {
                AssertNear(expected.InputLargest, actual.InputLargest, matrix.Role);
            }
        }
    }

    [Fact]
    public void A_feature_that_a_norm_silences_survives_the_rotation_of_hidden_values()
    {
        SmallModel model = new(deadFeature: 5);
        using CalibrationStatistics calibration = model.Calibrate(model);
        MigratedModel migrated = Migrate(model, calibration, RotationKind.Residual, MigrationMethod.None);
        Assert.InRange(
            SmallModel.Distance(model.Logits(model).SelectMany(x => x), model.Logits(migrated.Weights).SelectMany(x => x)), 0, 1e-5);
        using CalibrationStatistics again = model.Calibrate(migrated.Weights);
        float[] expected = again.Find("layers.0.attn.q.weight")!.InputMoment, actual = migrated.Calibration!.Find("layers.0.attn.q.weight")!.InputMoment;

        // How the silenced feature goes with others is not known; how much of it there is, is.
        int size = model.ReadAll(model, "norm.weight").Length;
        Assert.Equal(Trace(expected, size), Trace(actual, size), 0.01 * size);
        Assert.InRange(SmallModel.Distance(expected, actual), 0, 0.5);
    }

    [Fact]
    public void Tied_hidden_values_are_rotated_only_where_the_last_norm_is_the_same_everywhere()
    {
        SmallModel constant = new(isTied: true, hasConstantNorms: true);
        MigratedModel migrated = Migrate(constant, null, RotationKind.Residual, MigrationMethod.None);
        Assert.InRange(
            SmallModel.Distance(constant.Logits(constant).SelectMany(x => x), constant.Logits(migrated.Weights).SelectMany(x => x)), 0, 1e-5);

        SmallModel varying = new(isTied: true);
        CompilationException e = Assert.Throws<CompilationException>(() => Migrate(varying, null, RotationKind.Residual, MigrationMethod.None));
        Assert.Equal(Codes.QuantisationImpossible, e.Diagnostics[0].Code);
        Assert.Equal("embed.weight", e.Diagnostics[0].Location);
        Assert.Contains("rotation: values", e.Diagnostics[0].Help, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MigrationMethod.Awq, QuantizationMethod.RoundToNearest)]
    [InlineData(MigrationMethod.SmoothQuant, QuantizationMethod.RoundToNearest)]
    [InlineData(MigrationMethod.Awq, QuantizationMethod.Gptq)]
    public void Scaling_predicts_less_loss_where_features_stick_out_and_says_how_much(MigrationMethod migration, QuantizationMethod method)
    {
        SmallModel model = new();
        using CalibrationStatistics calibration = model.Calibrate(model);
        CompressionWishes wishes = SmallModel.Wishes(RotationKind.None, migration) with { Method = method };
        List<string> notes = [];
        MigratedModel migrated = MigratedModel.Of(
            model.Graph, _ => Four, model, calibration, wishes, note: (_, note) => notes.Add(note));
        Assert.Contains(CompressionNames.NameOf(migration), Assert.Single(notes), StringComparison.Ordinal);

        // Of each value by itself what is predicted falls or stays.
        double before = 0, after = 0;
        foreach (MigrationSite site in MigrationSites.Of(model.Graph).Where(s => !s.IsAttention))
        {
            double was = LossOf(site, model, calibration), now = LossOf(site, migrated.Weights, migrated.Calibration!);
            Assert.InRange(now, 0, was * 1.001);
            (before, after) = (before + was, after + now);
        }

        Assert.InRange(after, 0, 0.9 * before);

        double LossOf(MigrationSite site, IWeights weights, ICalibration statistics) => new ScaleLoss(
            site, [.. site.Readers.Select(r => new ScaledMatrix(model.ReadAll(weights, r), statistics.Find(r)!, Four, wishes))], null, 1)
            .Of([.. Enumerable.Repeat(1.0, site.Factors)]);
    }

    [Theory]
    [MemberData(nameof(Wishes))]
    public void Results_do_not_depend_on_threads_nor_on_how_weights_are_read(RotationKind rotation, MigrationMethod migration)
    {
        SmallModel model = new();
        using CalibrationStatistics calibration = model.Calibrate(model);
        IWeights[] migrated = [.. new[] { 1, 3 }.Select(threads => Migrate(model, calibration, rotation, migration, threads).Weights)];
        foreach (Weight weight in model.Graph.Weights)
        {
            float[] whole = model.ReadAll(migrated[0], weight.Name), pieces = new float[whole.Length];
            for (int start = 0; start < pieces.Length; start += 29)
            {
                migrated[1].Read(weight.Name, start, pieces.AsSpan(start, Math.Min(29, pieces.Length - start)));
            }

            Assert.Equal(whole, pieces);
        }
    }

    [Fact]
    public void Without_calibration_nothing_is_scaled()
    {
        SmallModel model = new();
        Assert.Same(model, Migrate(model, null, RotationKind.None, MigrationMethod.Awq).Weights);
    }

    [Fact]
    public void Codes_are_made_of_changed_weights_in_the_quantised_graph_as_in_the_float_one()
    {
        SmallModel model = new();
        using CalibrationStatistics calibration = model.Calibrate(model);
        Graph quantised = Pipeline.Run(model.Graph, new PassContext { FormatOf = _ => Four }, new PassObserver());
        CompressionWishes wishes = SmallModel.Wishes(RotationKind.Values, MigrationMethod.Awq);
        MigratedModel migrated = MigratedModel.Of(quantised, w => w.Format, model, calibration, wishes);
        IWeights fromFloat = Migrate(model, calibration, RotationKind.Values, MigrationMethod.Awq).Weights;
        Assert.All(model.Graph.Weights, w => Assert.Equal(model.ReadAll(fromFloat, w.Name), model.ReadAll(migrated.Weights, w.Name)));
        QuantizedMatrix before = new CompressedWeights(quantised, model, wishes, calibration).Get("layers.1.attn.o.weight");
        QuantizedMatrix after = new CompressedWeights(quantised, migrated.Weights, wishes, migrated.Calibration).Get("layers.1.attn.o.weight");
        Assert.NotEqual(before.Codes, after.Codes);
    }

    private static MigratedModel Migrate(
        SmallModel model, ICalibration? calibration, RotationKind rotation, MigrationMethod migration, int threads = -1) =>
        MigratedModel.Of(model.Graph, _ => Four, model, calibration, SmallModel.Wishes(rotation, migration), threads);

    private static void AssertNear(float[] expected, float[] actual, string role)
    {
        Assert.Equal(expected.Length, actual.Length);
        if (expected.Length > 0)
        {
            double distance = SmallModel.Distance(expected, actual);
            Assert.True(distance < 1e-3, $"{role}: {distance}");
        }
    }

    private static double Trace(float[] moment, int size) => Enumerable.Range(0, size).Sum(k => (double)moment[(k * size) + k]);
}
