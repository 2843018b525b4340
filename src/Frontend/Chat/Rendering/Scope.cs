namespace Flightc.Chat;

/// <summary>Variables, and those around them.</summary>
/// <param name="outer">What is visible here too, and not changed from here.</param>
internal sealed class Scope(Scope? outer)
{
    private readonly Scope? _outer = outer;
    private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);

    /// <summary>How many loops are around it.</summary>
    public int LoopDepth { get; init; } = outer?.LoopDepth ?? 0;

    /// <summary>Sets a variable of this scope.</summary>
    public void Set(string name, object? value) => _values[name] = value;

    /// <summary>The value of a variable; an undefined one where there is none.</summary>
    public object? Get(string name)
    {
        for (Scope? scope = this; scope is not null; scope = scope._outer)
        {
            if (scope._values.TryGetValue(name, out object? value))
            {
                return value;
            }
        }

        return new Undefined($"'{name}'");
    }
}
