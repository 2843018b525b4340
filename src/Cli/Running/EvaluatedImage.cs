using Flightc.Cli.Layers;
using Flightc.Runtime.Evaluation;

namespace Flightc.Cli.Running;

/// <summary>An image and its numbers.</summary>
/// <param name="Path">The image.</param>
/// <param name="Recipe">Name of the recipe it was compiled with.</param>
/// <param name="BitsPerWeight">Its size.</param>
/// <param name="HbmBytes">Bytes of its weight streams in all channels, with scales and padding.</param>
/// <param name="Result">Its quality.</param>
/// <param name="Records">The same by record.</param>
/// <param name="KlDifference">Its mean KL minus that of the first image, paired by token; null for the first, and without a
/// reference.</param>
/// <param name="Layers">Errors of its operators; null where none were wanted.</param>
internal sealed record EvaluatedImage(
    string Path, string Recipe, double BitsPerWeight, long HbmBytes, EvaluationResult Result,
    IReadOnlyList<RecordScore> Records, ClusteredMean? KlDifference, LayerErrors? Layers);
