using Flightc.Cli.Layers;
using Flightc.IR;

namespace Flightc.Tests.Layers;

public sealed class LayerErrorsTests
{
    private static readonly LayerOptions Options = new(512, 0.5, 0.9);

    private static readonly Graph Graph = GraphText.Parse(
        """
        graph "g" context=16
        input ids: i32[T]
        weight embed.weight: f32[8,2]
        weight up.weight: f32[2,2]
        embed: f32[T,2] = embedding ids, embed.weight
        up: f32[T,2] = linear embed, up.weight
        gated: f32[T,2] = mul embed, up
        sum: f32[T,2] = add embed, gated
        return sum
        """, "text");

    [Fact]
    public void Errors_are_means_over_tokens_and_the_largest_difference()
    {
        OperatorSums sums = default;
        sums.Add([3, 4], [3, 4]);
        sums.Add([0, 10], [10, 0]);
        OperatorSums rest = default;
        rest.Add([0, 0], [0, 2]);
        sums += rest;
        Assert.Equal(3, sums.Tokens);
        Assert.Equal(1.0 / 3, sums.Cosine, 12);
        Assert.Equal((Math.Sqrt(2) + 1) / 3, sums.Relative, 12);
        Assert.Equal(10, sums.MaxAbs);
    }

    [Fact]
    public void A_float_row_of_zeros_has_no_direction_but_a_largest_difference()
    {
        OperatorSums sums = default;
        sums.Add([0.5f, 0], [0, 0]);
        Assert.Equal((0, 0.5), (sums.Tokens, sums.MaxAbs));
        OperatorError row = LayerErrors.Of("image", 1, Options, Graph, [sums, default, default, default]).Operators[0];
        Assert.Null(row.Relative);
        Assert.False(row.IsBad);
    }

    [Fact]
    public void The_first_operator_beyond_a_limit_and_the_one_that_adds_most_are_named()
    {
        LayerErrors errors = Of(0.1f, 0.45f, 0.6f, 0.55f);
        Assert.Equal("gated", errors.FirstBad!.Name);
        Assert.Equal([false, false, true, true], errors.Operators.Select(o => o.IsBad));
        Assert.Equal("up", errors.LargestIncrease!.Name);
        double[] increases = [.. errors.Operators.Select(o => o.Increase!.Value)];
        Assert.Equal(0.1, increases[0], 6);
        Assert.Equal(0.35, increases[1], 6);
        Assert.Equal(0.15, increases[2], 6);
        Assert.Equal(-0.05, increases[3], 6);
    }

    [Fact]
    public void A_small_cosine_is_bad_whatever_the_length_of_the_error()
    {
        LayerErrors errors = LayerErrors.Of("image", 1, Options with { RelativeLimit = 2 }, Graph, [Turned(0.1f), Turned(0.5f), Turned(0.1f), Turned(0.1f)]);
        Assert.Equal("up", errors.FirstBad!.Name);

        static OperatorSums Turned(float y)
        {
            OperatorSums sums = default;
            sums.Add([1, y], [1, 0]);
            return sums;
        }
    }

    [Fact]
    public void Limits_are_kept_by_what_is_exactly_at_them()
    {
        Assert.Null(Of(0.5f, 0.5f, 0.5f, 0.5f).FirstBad);
        Assert.Null(Of(0, 0, 0, 0).FirstDifference);
    }

    // The second element of a row carries the error, so that cosines stay near 1.
    private static LayerErrors Of(params float[] relative) =>
        LayerErrors.Of("image", 1, Options with { CosineLimit = 0 }, Graph, [.. relative.Select(Sums)]);

    private static OperatorSums Sums(float error)
    {
        OperatorSums sums = default;
        sums.Add([1, error], [1, 0]);
        return sums;
    }
}
