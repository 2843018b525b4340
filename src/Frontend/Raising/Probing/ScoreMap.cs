namespace Flightc.Raising;

/// <summary>What becomes of scores on their way to softmax.</summary>
/// <param name="Scale">What they are multiplied by.</param>
/// <param name="Cap">c of <c>c · tanh(score ÷ c)</c>; 0 for none.</param>
/// <param name="Window">Keys that a token sees, itself included; 0 for all before it.</param>
internal sealed record ScoreMap(double Scale, double Cap, int Window);
