namespace Flightc.FlightLlm;

/// <summary>One row of the ablation: a change, on top of all before it.</summary>
/// <param name="Name">The change.</param>
/// <param name="Context">Tokens of context.</param>
/// <param name="TokensPerSecond">Decode speed.</param>
/// <param name="HbmBytes">Bytes through HBM for a token.</param>
/// <param name="Utilization">Those bytes over the time, over the card's peak.</param>
/// <param name="BottleneckUnit">The unit of the first core that was busy longest.</param>
/// <param name="BottleneckShare">Share of the time that it was busy.</param>
public sealed record AblationStep(
    string Name, int Context, double TokensPerSecond, double HbmBytes, double Utilization, PublishedUnit BottleneckUnit,
    double BottleneckShare)
{
    private static readonly (string Name, Func<PublishedOptions, PublishedOptions> Change)[] Changes =
    [
        ("published mapping", o => o),
        ("all channels", o => o with { AllChannels = true }),
        ("whole array on one vector", o => o with { WideVector = true }),
        ("loads ahead of barriers", o => o with { LoadsAhead = true }),
        ("fused on-chip decode", o => o with { FusedDecode = true }),
        ("attention by group", o => o with { AttentionByGroup = true }),
        ("one-pass softmax", o => o with { OnePassSoftmax = true }),
    ];

    /// <summary>Makes the published changes one after another, and at the end sparse weights.</summary>
    /// <param name="target">The machine.</param>
    /// <param name="model">The model's shape.</param>
    /// <param name="explanation">What its measured times are explained with.</param>
    /// <param name="contexts">Contexts; each gives a table, one after another.</param>
    /// <remarks>
    /// The last step keeps 8 of 16 weights, found by a bitmap. All others keep the recipe of the measurement. The fitted
    /// efficiency of loading keys and values holds as long as heads are loaded one by one; by groups they are long runs, as
    /// weights are.
    /// </remarks>
    public static IReadOnlyList<AblationStep> Table(
        PublishedTarget target, PublishedModel model, Explanation explanation, params ReadOnlySpan<int> contexts)
    {
        List<AblationStep> steps = [];
        foreach (int context in contexts)
        {
            PublishedOptions options = PublishedOptions.None;
            foreach ((string name, Func<PublishedOptions, PublishedOptions> change) in Changes)
            {
                options = change(options);
                steps.Add(Of(name, target.Recipe, options, context));
            }

            steps.Add(Of("sparse 8:16", target.Recipe.HalfSparse(), options, context));
        }

        return steps;

        AblationStep Of(string name, PublishedRecipe recipe, PublishedOptions options, int context)
        {
            StepTiming timing = new PublishedMachine(target, model, recipe, options, target.FitOf(explanation)).Decode(context);
            int longest = Enumerable.Range(0, timing.BusySeconds.Count).MaxBy(unit => timing.BusySeconds[unit]);
            return new AblationStep(
                name, context, 1 / timing.Seconds, timing.HbmBytes,
                timing.HbmBytes / timing.Seconds / target.Hbm.PeakBytesPerSecond, (PublishedUnit)longest,
                timing.BusySeconds[longest] / timing.Seconds);
        }
    }
}
