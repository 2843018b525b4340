namespace Flightc.Models;

/// <summary>How token ids become the residual stream, and that becomes logits.</summary>
/// <param name="Scale">What embeddings are multiplied by, before it is rounded to the table's element type where <paramref name="RoundsScale"/>.</param>
/// <param name="RoundsScale">Whether <paramref name="Scale"/> is rounded to the element type of the table, as the reference implementation of Gemma does.</param>
/// <param name="PositionOffset">Rows of the table of learned positions before that of position 0; null where positions are not learned.</param>
/// <param name="LogitCap">c of <c>c · tanh(logit ÷ c)</c>; 0 for none.</param>
public sealed record EmbeddingSettings(double Scale = 1, bool RoundsScale = false, int? PositionOffset = null, float LogitCap = 0);
