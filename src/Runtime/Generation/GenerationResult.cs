namespace Flightc.Runtime.Generation;

/// <summary>A generation that ended.</summary>
/// <param name="Ids">
/// Every token that was chosen, the one that ended the text included. The last was not given to the session:
/// who continues the sequence begins with it.
/// </param>
/// <param name="Text">The text of these without control tokens, up to a stop string.</param>
/// <param name="Reason">Why it ended.</param>
/// <param name="StopString">The stop string that was reached, or null.</param>
public sealed record GenerationResult(IReadOnlyList<int> Ids, string Text, StopReason Reason, string? StopString);
