using Flightc.Timing;

namespace Flightc.Cli.Exploring;

/// <summary>A machine that a program was compiled for.</summary>
internal sealed record Confirmed
{
    /// <summary>A machine on which the model runs.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="screened">What the closed form said.</param>
    /// <param name="merit">What it is judged by.</param>
    /// <param name="timing">Its times under the worse explanation.</param>
    /// <param name="explanation">The worse of the fitted explanations.</param>
    public Confirmed(Machine machine, Merit screened, Merit merit, SequenceTiming timing, Explanation explanation) =>
        (Machine, Screened, Merit, Timing, Explanation) = (machine, screened, merit, timing, explanation);

    /// <summary>A machine on which the model does not run.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="misfit">Why.</param>
    public Confirmed(Machine machine, string misfit) => (Machine, Misfit) = (machine, misfit);

    /// <summary>The machine.</summary>
    public Machine Machine { get; }

    /// <summary>What the closed form said of it.</summary>
    public Merit Screened { get; }

    /// <summary>What it is judged by; meaningless where it does not run the model.</summary>
    public Merit Merit { get; }

    /// <summary>Its times under the worse explanation; null where it does not run the model.</summary>
    public SequenceTiming? Timing { get; }

    /// <summary>The worse of the fitted explanations.</summary>
    public Explanation Explanation { get; }

    /// <summary>Whether its mapping was searched, and not made by rules.</summary>
    public bool IsFinished { get; init; }

    /// <summary>Why the model does not run on it; null where it does.</summary>
    public string? Misfit { get; }
}
