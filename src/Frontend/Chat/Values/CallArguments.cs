namespace Flightc.Chat;

/// <summary>The values that a filter, a test, a method or a function was called with.</summary>
/// <param name="what">What was called, for messages.</param>
/// <param name="values">By place.</param>
/// <param name="named">By name.</param>
/// <param name="context">For errors.</param>
internal sealed class CallArguments(
    string what, IReadOnlyList<object?> values, IReadOnlyList<KeyValuePair<string, object?>> named, RenderContext context)
{
    /// <summary>All that were given by place.</summary>
    public IReadOnlyList<object?> Values => values;

    /// <summary>All that were given by name.</summary>
    public IReadOnlyList<KeyValuePair<string, object?>> Named => named;

    /// <summary>Refuses more than so many by place, and names that are none of these.</summary>
    public CallArguments Accept(int count, params ReadOnlySpan<string> names)
    {
        if (values.Count > count)
        {
            throw context.Fault($"{what} takes at most {count} values, not {values.Count}");
        }

        foreach ((string name, _) in named)
        {
            if (!names.Contains(name))
            {
                throw context.Fault($"{what} takes no '{name}' that is supported here");
            }
        }

        return this;
    }

    /// <summary>Whether a value was given, by place or by name; a place of -1 is none.</summary>
    public bool TryGet(int place, string name, out object? value)
    {
        foreach ((string given, object? content) in named)
        {
            if (given == name)
            {
                value = content;
                return true;
            }
        }

        // A place below zero is that of a value that can only be given by name.
        bool isGiven = place >= 0 && place < values.Count;
        value = isGiven ? values[place] : null;
        return isGiven;
    }

    /// <summary>A value that must be given.</summary>
    public object? Required(int place, string name) => TryGet(place, name, out object? value)
        ? value
        : throw context.Fault($"{what} lacks its '{name}'");

    /// <summary>A text that must be given.</summary>
    public string Text(int place, string name) => Required(place, name) as string ?? throw Wrong(place, name, "a text");

    /// <summary>A text, or what stands for it where it is missing or none.</summary>
    public string? TextOr(int place, string name, string? fallback) =>
        !TryGet(place, name, out object? value) || value is null ? fallback : value as string ?? throw Wrong(place, name, "a text");

    /// <summary>A whole number, or what stands for it where it is missing or none.</summary>
    public long NumberOr(int place, string name, long fallback) =>
        !TryGet(place, name, out object? value) || value is null
            ? fallback
            : value is long number ? number : throw Wrong(place, name, "a whole number");

    /// <summary>A switch, or what stands for it where it is missing.</summary>
    public bool FlagOr(int place, string name, bool fallback) =>
        TryGet(place, name, out object? value) ? TemplateValue.IsTrue(value) : fallback;

    private Diagnostics.CompilationException Wrong(int place, string name, string wanted)
    {
        TryGet(place, name, out object? value);
        return context.Fault($"{what} takes {wanted} as '{name}', not {TemplateValue.KindOf(value)}");
    }
}
