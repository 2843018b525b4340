namespace Flightc.Onnx.Reading;

/// <summary>The names that a graph defines, within those of the graph around it.</summary>
/// <param name="outer">Null for the main graph.</param>
internal sealed class NameScope(NameScope? outer)
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Adds a name.</summary>
    /// <returns>False where the graph itself has it already. A name of an outer graph can be defined again: it is hidden.</returns>
    public bool Define(string name) => _names.Add(name);

    /// <summary>Whether the graph itself defines a name.</summary>
    public bool Owns(string name) => _names.Contains(name);

    /// <summary>Whether a name means anything here.</summary>
    public bool Knows(string name)
    {
        for (NameScope? scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope._names.Contains(name))
            {
                return true;
            }
        }

        return false;
    }

    private NameScope? Outer { get; } = outer;
}
