namespace Flightc.Runtime;

/// <summary>Takes the logits of one token.</summary>
/// <param name="position">Position of the token in its sequence; the logits are those of the token after it.</param>
/// <param name="logits">A value per token of the vocabulary, all finite. Valid during the call only.</param>
public delegate void LogitsRow(int position, ReadOnlySpan<float> logits);
