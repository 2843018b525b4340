using Flightc.FlightLlm;

namespace Flightc.Tests.Timing;

public sealed class BoardCalibrationTests
{
    private static readonly PublishedTarget Target = PublishedTables.U280;

    private static readonly PublishedModel Model = PublishedModel.Llama2With7B;

    [Theory]
    [InlineData(Explanation.BarrierCost)]
    [InlineData(Explanation.LoadLatency)]
    public void The_fitted_constants_of_the_target_are_those_of_a_new_fit(Explanation explanation)
    {
        BoardFit fit = BoardCalibration.Fit(Target, Model, explanation, BoardMeasurement.All);
        BoardFit written = Target.FitOf(explanation);

        // The file has five digits.
        Near(fit.BarrierSeconds, written.BarrierSeconds);
        Near(fit.LoadLatencySeconds, written.LoadLatencySeconds);
        Near(fit.CacheEfficiency, written.CacheEfficiency);
        Assert.True((written.BarrierSeconds > 0) ^ (written.LoadLatencySeconds > 0));
    }

    [Theory]
    [InlineData(Explanation.BarrierCost)]
    [InlineData(Explanation.LoadLatency)]
    public void The_target_gives_the_speeds_that_were_measured(Explanation explanation)
    {
        Assert.Equal(57.1, 1 / Decode(explanation, 128).Seconds, 1);
        Assert.Equal(52.7, 1 / Decode(explanation, 512).Seconds, 1);
        Assert.Equal(17.506e-3, Decode(explanation, 128).Seconds, 1e-6);
        Assert.Equal(18.990e-3, Decode(explanation, 512).Seconds, 1e-6);
    }

    [Fact]
    public void The_weights_read_are_those_of_the_released_parameter_images()
    {
        StepTiming step = Decode(Explanation.BarrierCost, 128);

        Assert.Equal(3_088_068_608, step.WeightBytes, 0.001e9);
        Assert.Equal(418, step.Counts[(int)PublishedUnit.System]);
        Assert.Equal(418, step.Counts[(int)PublishedUnit.Store]);
    }

    [Fact]
    public void A_slope_that_no_constants_give_is_not_fitted()
    {
        BoardMeasurement[] flat = [new(128, 17.506e-3), new(512, 17.507e-3)];

        Assert.Throws<InvalidOperationException>(() => BoardCalibration.Fit(Target, Model, Explanation.BarrierCost, flat));
    }

    private static StepTiming Decode(Explanation explanation, int context) =>
        new PublishedMachine(Target, Model, Target.Recipe, PublishedOptions.None, Target.FitOf(explanation)).Decode(context);

    private static void Near(double expected, double actual) =>
        Assert.True(Math.Abs(expected - actual) <= 2e-4 * expected, $"{actual} instead of {expected}");
}
