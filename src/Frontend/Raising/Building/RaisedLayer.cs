using Flightc.IR;

namespace Flightc.Raising;

/// <summary>A layer of a decoder, found in terms.</summary>
/// <param name="AttentionNorm">Before attention.</param>
/// <param name="Attention">Attention; its operands are projections, or head norms of such.</param>
/// <param name="Output">The projection behind it.</param>
/// <param name="AttentionPostNorm">Behind that; null where there is none.</param>
/// <param name="MlpNorm">Before the feed-forward network.</param>
/// <param name="Gate">Its gate; null where there is none.</param>
/// <param name="Up">Its first projection.</param>
/// <param name="Function">Its function.</param>
/// <param name="Down">Its second projection.</param>
/// <param name="MlpPostNorm">Behind that; null where there is none.</param>
internal sealed record RaisedLayer(
    NormTerm AttentionNorm, AttentionTerm Attention, LinearTerm Output, NormTerm? AttentionPostNorm,
    NormTerm MlpNorm, LinearTerm? Gate, LinearTerm Up, ActivationFunction Function, LinearTerm Down, NormTerm? MlpPostNorm);
