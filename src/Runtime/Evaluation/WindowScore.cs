namespace Flightc.Runtime.Evaluation;

/// <summary>The scores of one window.</summary>
/// <param name="Record">Number of its record, from 0 on.</param>
/// <param name="Window">Number in the record, from 0 on.</param>
/// <param name="Sums">Its scores.</param>
public readonly record struct WindowScore(int Record, int Window, ScoreSums Sums);
