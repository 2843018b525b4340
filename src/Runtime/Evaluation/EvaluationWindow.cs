namespace Flightc.Runtime.Evaluation;

/// <summary>A piece of a record that is scored as a sequence of its own.</summary>
/// <param name="Record">Number of the record among all, from 0 on.</param>
/// <param name="Window">Number in the record, from 0 on.</param>
/// <param name="Ids">At least two tokens.</param>
/// <param name="Location">Where it comes from, for messages.</param>
public readonly record struct EvaluationWindow(int Record, int Window, ReadOnlyMemory<int> Ids, string Location);
