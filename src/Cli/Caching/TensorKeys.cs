using Flightc.Caching;
using Flightc.IR;
using Flightc.Passes.Compression;
using Flightc.Recipes;

namespace Flightc.Cli.Caching;

/// <summary>What the codes of a weight depend on.</summary>
/// <param name="wishes">How weights are brought into their formats.</param>
/// <param name="statisticsOf">Hash of what calibration found of a weight, by role; null where there is no calibration.</param>
/// <param name="changeOf">Hash of what migration does to a weight, by role.</param>
internal sealed class TensorKeys(CompressionWishes wishes, Func<string, string>? statisticsOf, Func<string, string> changeOf)
{
    /// <summary>The kind of the entries.</summary>
    public const string Kind = "tensor";

    private readonly string _tool = ToolIdentity.Of(typeof(Weight), typeof(CompressedWeights));

    /// <summary>The key of a weight; null where it cannot be known what it is.</summary>
    /// <remarks>Neither name nor place matters: equal weights with equal statistics have equal codes.</remarks>
    public CacheKey? Of(Weight weight)
    {
        if (weight.Hash.Length == 0 || weight.Format is not { } format || weight.Type.Shape.Count != 2)
        {
            return null;
        }

        // As CompressedWeights decides it.
        bool isCalibrated = statisticsOf is not null && wishes.UsesCalibration;
        return new CacheKey(
            Kind,
            ("tool", _tool),
            ("weight", weight.Hash),
            ("change", changeOf(weight.Name)),
            ("format", format.ToString()),
            ("method", isCalibrated ? wishes.Method.ToString() : nameof(QuantizationMethod.RoundToNearest)),
            ("pruning", isCalibrated ? wishes.Pruning.ToString() : nameof(PruningMethod.Magnitude)),
            ("options", isCalibrated ? CompressionOptions.Of(wishes).ToString() : ""),
            ("statistics", isCalibrated ? statisticsOf!(weight.Name) : ""));
    }
}
