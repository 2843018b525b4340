using Flightc.Backend.Lengths;

namespace Flightc.Cli.Estimating;

/// <summary>Names of length plans, as users give them.</summary>
internal static class LengthPlans
{
    /// <summary>All, in the order of <see cref="LengthPlan"/>.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Enum.GetValues<LengthPlan>().Select(NameOf)];

    /// <summary>The name of a plan.</summary>
    public static string NameOf(LengthPlan plan) => plan switch
    {
        LengthPlan.Registers => "registers",
        LengthPlan.Bucketed => "bucketed",
        LengthPlan.Naive => "naive",
    };

    /// <summary>The plan of a name.</summary>
    public static LengthPlan Named(string name) => Enum.GetValues<LengthPlan>().Single(p => NameOf(p) == name);
}
