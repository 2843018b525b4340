namespace Flightc.Timing;

/// <summary>
/// What is taken to be lost beyond what the model derives. The measured times of the published board do not
/// decide between the last two: docs/timing.md.
/// </summary>
public enum Explanation
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A fitted time at every exchange, on all cores.</summary>
    Barrier,

    /// <summary>A fitted latency of every load instruction, during which the load unit does nothing else.</summary>
    Load,
}
