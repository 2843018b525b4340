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

    /// <summary>Values of the key <c>migration</c>.</summary>
    public static IReadOnlyDictionary<string, MigrationMethod> Migrations { get; } = new Dictionary<string, MigrationMethod>
    {
        ["none"] = MigrationMethod.None,
        ["awq"] = MigrationMethod.Awq,
        ["smoothquant"] = MigrationMethod.SmoothQuant,
    };

    /// <summary>Values of the key <c>rotation</c>.</summary>
    public static IReadOnlyDictionary<string, RotationKind> Rotations { get; } = new Dictionary<string, RotationKind>
    {
        ["none"] = RotationKind.None,
        ["values"] = RotationKind.Values,
        ["residual"] = RotationKind.Residual,
    };

    /// <summary>The name of a method.</summary>
    public static string NameOf(QuantizationMethod method) => Methods.Single(m => m.Value == method).Key;

    /// <summary>The name of a method.</summary>
    public static string NameOf(PruningMethod method) => Prunings.Single(m => m.Value == method).Key;

    /// <summary>The name of a method.</summary>
    public static string NameOf(MigrationMethod method) => Migrations.Single(m => m.Value == method).Key;

    /// <summary>The name of a rotation.</summary>
    public static string NameOf(RotationKind rotation) => Rotations.Single(r => r.Value == rotation).Key;
}
