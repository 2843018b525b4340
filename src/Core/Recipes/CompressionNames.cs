namespace Flightc.Recipes;

/// <summary>What files call methods.</summary>
public static class CompressionNames
{
    /// <summary>Values of the key <c>method</c>.</summary>
    public static IReadOnlyDictionary<string, QuantizationMethod> Methods { get; } = new Dictionary<string, QuantizationMethod>
    {
        ["round_to_nearest"] = QuantizationMethod.RoundToNearest,
        ["gptq"] = QuantizationMethod.Gptq,
        ["second_order"] = QuantizationMethod.SecondOrder,
    };

    /// <summary>Values of the key <c>pruning</c>.</summary>
    public static IReadOnlyDictionary<string, PruningMethod> Prunings { get; } = new Dictionary<string, PruningMethod>
    {
        ["magnitude"] = PruningMethod.Magnitude,
        ["wanda"] = PruningMethod.Wanda,
        ["sparsegpt"] = PruningMethod.SparseGpt,
    };

    /// <summary>The name of a method.</summary>
    public static string NameOf(QuantizationMethod method) => Methods.Single(m => m.Value == method).Key;

    /// <summary>The name of a method.</summary>
    public static string NameOf(PruningMethod method) => Prunings.Single(m => m.Value == method).Key;
}
