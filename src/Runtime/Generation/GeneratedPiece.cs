namespace Flightc.Runtime.Generation;

/// <summary>What one step of a generation adds.</summary>
/// <param name="Id">The token; null for what was held back and is let go at the end.</param>
/// <param name="Text">The text that is certain now; empty while a character is incomplete or a stop string
/// may have begun.</param>
public readonly record struct GeneratedPiece(int? Id, string Text);
