namespace Flightc.Runtime.Interpretation;

/// <summary>An instruction that happens in one piece and needs nothing but its tokens.</summary>
internal sealed class WholeExecution(Action work) : Execution
{
    /// <inheritdoc/>
    public override bool CanAdvance() => true;

    /// <inheritdoc/>
    public override void Advance()
    {
        work();
        Done = true;
    }

    /// <inheritdoc/>
    public override string Lacks() => "nothing";
}
