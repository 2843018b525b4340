using Flightc.Diagnostics;

namespace Flightc.Cli.Estimating;

/// <summary>What a model takes of a machine, and how long it takes there: simulated, not measured.</summary>
internal sealed record ModelEstimate
{
    /// <summary>As config.json calls it.</summary>
    public required string Architecture { get; init; }

    /// <summary>Name of the machine.</summary>
    public required string Target { get; init; }

    /// <summary>Name of the recipe.</summary>
    public required string Recipe { get; init; }

    /// <summary>The most tokens of a sequence.</summary>
    public required long ContextLength { get; init; }

    /// <summary>What was compiled; null for a published machine, for which nothing is.</summary>
    public ProgramEstimate? Program { get; init; }

    /// <summary>The length plan whose programs were timed.</summary>
    public required string LengthPlan { get; init; }

    /// <summary>Programs of each length plan, in the order of <see cref="Backend.Lengths.LengthPlan"/>; the first is what
    /// the machine keeps.</summary>
    public required IReadOnlyList<LengthPlanEstimate> Plans { get; init; }

    /// <summary>The lengths over which the means of <see cref="Plans"/> are, in words; empty where there are
    /// none.</summary>
    public string Lengths { get; init; } = "";

    /// <summary>Cases, in the order given; at least one.</summary>
    public required IReadOnlyList<CaseEstimate> Cases { get; init; }

    /// <summary>Single decode steps.</summary>
    public required IReadOnlyList<ContextEstimate> Contexts { get; init; }

    /// <summary>Operators of a decode step and of a prefill step of the first case.</summary>
    public required IReadOnlyList<OperatorEstimate> Operators { get; init; }

    /// <summary>The host's part of a token; null where the model has none.</summary>
    public HostEstimate? Host { get; init; }

    /// <summary>What was taken to be lost.</summary>
    public required IReadOnlyList<ExplanationFacts> Explanations { get; init; }

    /// <summary>A published machine, changed step by step; empty where that was not asked for.</summary>
    public IReadOnlyList<AblationEstimate> Ablation { get; init; } = [];

    /// <summary>What does not fit the machine; empty where all does.</summary>
    public IReadOnlyList<Diagnostic> Misfits { get; init; } = [];

    /// <summary>Bytes of a plan's programs.</summary>
    public double PlanBytes(Backend.Lengths.LengthPlan plan) => Plans[(int)plan].Bytes;
}

/// <summary>A published machine after a change, and all changes before it: one decode step.</summary>
/// <param name="Change">What is changed.</param>
/// <param name="Context">Context of the step.</param>
/// <param name="Explanation">What was taken to be lost.</param>
/// <param name="TokensPerSecond">Steps in a second.</param>
/// <param name="HbmBytes">Bytes through HBM.</param>
/// <param name="HbmUtilization">Of the card's peak.</param>
internal sealed record AblationEstimate(
    string Change, int Context, string Explanation, double TokensPerSecond, double HbmBytes, double HbmUtilization);

/// <summary>What a length plan costs.</summary>
/// <param name="Plan">Its name.</param>
/// <param name="Programs">How many programs.</param>
/// <param name="Bytes">Of all of them; as a real number, since the published machine's go beyond integers.</param>
/// <param name="DecodeSeconds">Mean of a decode step; NaN where it was not asked for.</param>
/// <param name="PrefillSeconds">Mean of a prompt; NaN where it was not asked for.</param>
internal sealed record LengthPlanEstimate(
    string Plan, long Programs, double Bytes, double DecodeSeconds = double.NaN, double PrefillSeconds = double.NaN);
