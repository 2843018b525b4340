namespace Flightc.Chat;

/// <summary>A method of a value, not called yet, such as <c>text.strip</c>.</summary>
/// <param name="Target">The value.</param>
/// <param name="Name">The method.</param>
internal sealed record BoundMethod(object? Target, string Name);
