namespace Flightc.Chat;

/// <summary>A part of a template.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text; of a string its value.</param>
/// <param name="Position">Where it begins, in UTF-16 units of the source.</param>
internal readonly record struct TemplateToken(TokenKind Kind, string Text, int Position);
