namespace Flightc.Raising;

/// <summary>The token ids.</summary>
internal sealed class IdsTerm() : Term(1);
