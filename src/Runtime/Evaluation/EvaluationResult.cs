namespace Flightc.Runtime.Evaluation;

/// <summary>The numbers of one evaluated model.</summary>
/// <param name="Name">The model.</param>
/// <param name="Protocol">How they came about.</param>
/// <param name="Records">Records with at least one scored token.</param>
/// <param name="Windows">Windows of these.</param>
/// <param name="Tokens">Scored tokens.</param>
/// <param name="Perplexity">e to the mean of -ln q over the scored tokens.</param>
/// <param name="Comparison">How it differs from the reference; null without one.</param>
public sealed record EvaluationResult(
    string Name, EvaluationProtocol Protocol, int Records, int Windows, long Tokens, double Perplexity,
    ReferenceComparison? Comparison);
