namespace Flightc.Raising;

/// <summary>Attention that was found, and how.</summary>
/// <param name="Term">It.</param>
/// <param name="Queries">What becomes of projected queries on the way to it.</param>
/// <param name="Layout">In which order the Graph has the elements of heads.</param>
/// <param name="Scores">What becomes of scores.</param>
internal sealed record AttentionFinding(AttentionTerm Term, HeadMap Queries, HeadLayout Layout, ScoreMap Scores);
