namespace Flightc.Runtime.Interpretation;

/// <summary>An instruction in execution. It proceeds in pieces; other units can do theirs in between.</summary>
internal abstract class Execution
{
    /// <summary>Whether the last piece has been done.</summary>
    public bool Done { get; protected set; }

    /// <summary>Whether the next piece has the data and the space it needs.</summary>
    public abstract bool CanAdvance();

    /// <summary>Does the next piece.</summary>
    public abstract void Advance();

    /// <summary>What the next piece lacks, as the end of a sentence: <c>waits for …</c>.</summary>
    public abstract string Lacks();
}
