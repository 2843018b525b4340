namespace Flightc.Raising;

/// <summary>A decoder, found in terms.</summary>
/// <param name="Embedding">What token ids become.</param>
/// <param name="Positions">Learned positions; null where there are none.</param>
/// <param name="Layers">The layers.</param>
/// <param name="Norm">Before the head.</param>
/// <param name="Head">The head.</param>
/// <param name="Cap">The cap of logits; 0 for none.</param>
internal sealed record RaisedDecoder(
    EmbeddingTerm Embedding, PositionsTerm? Positions, IReadOnlyList<RaisedLayer> Layers, NormTerm Norm, LinearTerm Head, float Cap);
