using Flightc.Cli.Commands;
using Flightc.Targets;
using Flightc.Timing;

namespace Flightc.Cli.Reports;

/// <summary>A prompt and what is generated after it, timed.</summary>
/// <param name="Explanation">What is taken to be lost beyond what the model derives.</param>
/// <param name="Timing">The result.</param>
internal sealed record ReportedCase(Explanation Explanation, SequenceTiming Timing);

/// <summary>Everything that a report says: docs/reports.md §2.</summary>
internal sealed record StepReport
{
    /// <summary>Prompt and generated tokens where nothing else is wanted: the lengths of published measurements.</summary>
    private const int UsualPrompt = 128;
    private const int UsualGenerate = 512;

    /// <summary>The program.</summary>
    public required Subject Subject { get; init; }

    /// <summary>Its machine.</summary>
    public required Target Target { get; init; }

    /// <summary>The step by instruction.</summary>
    public required StepProfile Profile { get; init; }

    /// <summary>The step over time.</summary>
    public required Timeline Timeline { get; init; }

    /// <summary>The step by operator, in order of start.</summary>
    public required IReadOnlyList<OperatorUse> Operators { get; init; }

    /// <summary>Whole sequences.</summary>
    public required IReadOnlyList<ReportedCase> Cases { get; init; }

    /// <summary>The step's result.</summary>
    public StepTiming Timing => Profile.Timing;

    /// <summary>The operators with layers added up, those first that need most of what the step needs most.</summary>
    public IReadOnlyList<OperatorUse> Ranked =>
    [
        .. OperatorUse.Merge(Operators).Where(o => o.Resources[o.Resources.Bound] > 0)
            .OrderByDescending(o => o.Resources[Timing.Bottleneck.Name])
            .ThenByDescending(o => o.Resources[o.Resources.Bound])
            .ThenBy(o => o.Name, StringComparer.Ordinal),
    ];

    /// <summary>Bytes of DDR behind the tables: ids and logits.</summary>
    public long DdrExchangeBytes =>
        Subject.Program.Memory.LogitsAddress + (Subject.Program.Memory.LogitsPitch * Subject.Program.Memory.MaxTokens)
        - Subject.Program.Memory.TableBytes;

    /// <summary>Models everything.</summary>
    /// <param name="subject">A program whose machine is known.</param>
    /// <param name="step">The step to look at.</param>
    /// <param name="invocation">Interruption.</param>
    public static StepReport Of(Subject subject, StepCase step, Invocation invocation)
    {
        StepProfile profile = StepProfile.Of(subject, step);
        invocation.Token.ThrowIfCancellationRequested();
        Timeline timeline = Timeline.Of(subject, profile.Timing);
        int length = subject.Program.Memory.ContextLength;
        int prompt = Math.Min(UsualPrompt, Math.Max(1, length / 2));
        List<ReportedCase> cases = [];
        foreach (Explanation explanation in Enum.GetValues<Explanation>())
        {
            invocation.Token.ThrowIfCancellationRequested();
            cases.Add(new ReportedCase(
                explanation, SequenceTiming.Of(subject.Model, prompt, Math.Min(UsualGenerate, length - prompt), explanation)));
        }

        return new StepReport
        {
            Subject = subject,
            Target = subject.Model.Target,
            Profile = profile,
            Timeline = timeline,
            Operators = OperatorUse.Of(profile, subject.Model.Target),
            Cases = cases,
        };
    }
}
