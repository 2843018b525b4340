namespace Flightc.Chat;

/// <summary>What a name stands for that can be called.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Call">Computes the value.</param>
internal sealed record TemplateFunction(string Name, Func<CallArguments, RenderContext, object?> Call);
