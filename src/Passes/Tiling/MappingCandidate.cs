using Flightc.Schedules;

namespace Flightc.Passes.Tiling;

/// <summary>A mapping that the search has looked at.</summary>
/// <param name="change">In words, how it differs from the best before.</param>
/// <param name="options">All that differs from the rules.</param>
/// <param name="schedule">Null where it does not fit.</param>
/// <param name="predicted">Seconds of the mix.</param>
internal sealed class MappingCandidate(string change, MappingOptions options, Schedule? schedule, double predicted)
{
    public string Change { get; } = change;

    public MappingOptions Options { get; } = options;

    public Schedule? Schedule { get; } = schedule;

    public double Predicted { get; private set; } = predicted;

    /// <summary>Whether that is a lower bound.</summary>
    public bool IsAtLeast { get; private set; }

    /// <summary>Takes a prediction, which is a lower bound from <paramref name="enough"/> on.</summary>
    public void Predict(double seconds, double enough) => (Predicted, IsAtLeast) = (seconds, seconds >= enough);

    /// <summary>Whether the other has the same mapping.</summary>
    public bool IsLike(MappingCandidate other) => Schedule is { } own && other.Schedule is { } its
        && own.Mapping == its.Mapping && own.MaxTokens == its.MaxTokens;

    /// <summary>Seconds of the brief mix by the cycle model, where that was asked.</summary>
    public double? Confirmed { get; set; }

    /// <summary>Why it cannot be taken.</summary>
    public string? Refusal { get; set; }
}
