using Flightc.Diagnostics;

namespace Flightc.Raising;

/// <summary>A decoder raised from an ONNX graph.</summary>
/// <param name="Decoder">What it is.</param>
/// <param name="ContextLength">The most tokens it serves, as far as the graph tells; null where it sets no limit.</param>
/// <param name="Notes">What a user should know.</param>
internal sealed record RaisedModel(RaisedDecoder Decoder, int? ContextLength, IReadOnlyList<Diagnostic> Notes);
