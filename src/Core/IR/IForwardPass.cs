namespace Flightc.IR;

/// <summary>Runs a float Graph on prompts: what searches that look at a model's activations are given.</summary>
public interface IForwardPass
{
    /// <summary>Runs one prompt from an empty sequence.</summary>
    /// <param name="masks">Attention masks in the place of those of the Graph; null for none.</param>
    /// <param name="ids">At least one token.</param>
    /// <param name="observer">Is shown the rows of every node, the logits among them.</param>
    void Run(AttentionMasks? masks, ReadOnlySpan<int> ids, IActivationObserver observer);
}
