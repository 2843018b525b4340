using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Models;

/// <summary>A checkpoint, understood.</summary>
/// <param name="Graph">The float Graph; valid.</param>
/// <param name="Weights">Data behind its weights; readable as long as the checkpoint is open.</param>
/// <param name="Config">The dimensions it was built from.</param>
/// <param name="Diagnostics">Warnings.</param>
public sealed record ImportedModel(
    Graph Graph, IWeights Weights, ModelConfig Config, IReadOnlyList<Diagnostic> Diagnostics)
{
    /// <summary>In which form matrices are stored as codes, such as <c>GPTQ</c>, and how many are; null where all are floats.</summary>
    public (string Format, int Matrices)? Stored { get; init; }
}
