namespace Flightc.Timing;

/// <summary>Which step is timed.</summary>
/// <param name="Entry">Name of the program's entry: <c>decode</c> or <c>prefill</c>.</param>
/// <param name="Past">Tokens before the step.</param>
/// <param name="Tokens">Tokens of the step, at least 1.</param>
/// <param name="From">Number, in the step, of the first token whose logits are wanted;
/// <paramref name="Tokens"/> for none.</param>
public readonly record struct StepCase(string Entry, long Past, long Tokens, long From)
{
    /// <summary>The step that computes one token after <paramref name="past"/> others, and its logits.</summary>
    public static StepCase Decode(long past) => new("decode", past, 1, 0);

    /// <summary>A step of several tokens.</summary>
    /// <param name="past">Tokens before the step.</param>
    /// <param name="tokens">Tokens of the step.</param>
    /// <param name="isLast">Whether the logits of its last token are wanted; otherwise none are.</param>
    public static StepCase Prefill(long past, long tokens, bool isLast) =>
        new("prefill", past, tokens, isLast ? tokens - 1 : tokens);
}
