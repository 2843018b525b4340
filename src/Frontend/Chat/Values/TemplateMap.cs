namespace Flightc.Chat;

/// <summary>Values by name, in the order in which they were given.</summary>
internal sealed class TemplateMap
{
    private readonly OrderedDictionary<string, object?> _values = new(StringComparer.Ordinal);

    /// <summary>How many.</summary>
    public int Count => _values.Count;

    /// <summary>The names.</summary>
    public IEnumerable<string> Keys => _values.Keys;

    /// <summary>The names with what they stand for.</summary>
    public IEnumerable<KeyValuePair<string, object?>> Entries => _values;

    /// <summary>Sets a value.</summary>
    public object? this[string name]
    {
        set => _values[name] = value;
    }

    /// <summary>Whether there is a value of that name.</summary>
    public bool TryGet(string name, out object? value) => _values.TryGetValue(name, out value);
}
