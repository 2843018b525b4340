namespace Flightc.Runtime.Evaluation;

/// <summary>The scores of one record, for comparisons that pair it with the same record elsewhere.</summary>
/// <param name="Record">Its number in the text, from 0 on; records without a scored token have no scores.</param>
/// <param name="Sums">Those of its windows.</param>
public readonly record struct RecordScore(int Record, ScoreSums Sums);
