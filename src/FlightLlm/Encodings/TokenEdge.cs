namespace Flightc.FlightLlm;

/// <summary>The tokens that one unit gives another in a whole program.</summary>
/// <param name="From">Who releases.</param>
/// <param name="To">Who waits.</param>
/// <param name="Released">Tokens given by all instructions.</param>
/// <param name="Waited">Tokens taken by all instructions.</param>
/// <param name="Peak">The most that lie there at once under any timing: what the FIFO has to hold so that it never
/// holds up <paramref name="From"/>.</param>
public sealed record TokenEdge(PublishedUnit From, PublishedUnit To, long Released, long Waited, long Peak);
