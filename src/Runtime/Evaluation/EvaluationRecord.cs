namespace Flightc.Runtime.Evaluation;

/// <summary>A text to score.</summary>
/// <param name="Ids">Its tokens, with those that begin a sequence.</param>
/// <param name="Location">Where it comes from, for messages.</param>
public sealed record EvaluationRecord(int[] Ids, string Location);
