namespace Flightc.Chat;

/// <summary>What a name stands for that nothing was given to: false, empty, and an error in most operations.</summary>
/// <param name="What">What was asked for, for messages.</param>
internal sealed record Undefined(string What);
