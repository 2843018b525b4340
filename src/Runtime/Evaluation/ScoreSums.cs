namespace Flightc.Runtime.Evaluation;

/// <summary>What the scored tokens of some text add up to, in nats.</summary>
/// <param name="Tokens">How many.</param>
/// <param name="LogLoss">Sum of -ln q of the tokens that follow, q the evaluated model's probabilities.</param>
/// <param name="ReferenceLogLoss">The same by the reference; 0 without one.</param>
/// <param name="Divergence">Sum of KL(reference || evaluated); 0 without a reference.</param>
/// <param name="Agreements">How often both would choose the same token: the lowest id among the likeliest.</param>
public readonly record struct ScoreSums(
    long Tokens, double LogLoss, double ReferenceLogLoss, double Divergence, long Agreements)
{
    /// <summary>Both together.</summary>
    public static ScoreSums operator +(ScoreSums a, ScoreSums b) => new(
        a.Tokens + b.Tokens, a.LogLoss + b.LogLoss, a.ReferenceLogLoss + b.ReferenceLogLoss,
        a.Divergence + b.Divergence, a.Agreements + b.Agreements);
}
