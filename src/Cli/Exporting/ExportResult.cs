using Flightc.Diagnostics;
using Flightc.Onnx;

namespace Flightc.Cli.Exporting;

/// <summary>What was exported.</summary>
/// <param name="Model">As it was written; its constants can no longer be read.</param>
/// <param name="Recipe">Name of the recipe; null for the float model.</param>
/// <param name="WeightCount">Weights; a tied matrix counts once.</param>
/// <param name="ContextLength">The most tokens of a sequence.</param>
/// <param name="Warnings">Everything worth knowing.</param>
internal sealed record ExportResult(OnnxModel Model, string? Recipe, long WeightCount, int ContextLength, IReadOnlyList<Diagnostic> Warnings);
