using Flightc.Runtime.Evaluation;

namespace Flightc.Cli.Running;

/// <summary>An image and its numbers.</summary>
/// <param name="Path">The image.</param>
/// <param name="BitsPerWeight">Its size.</param>
/// <param name="Result">Its quality.</param>
internal sealed record EvaluatedImage(string Path, double BitsPerWeight, EvaluationResult Result);
