using System.Globalization;
using Flightc.IR;

namespace Flightc.Schedules;

/// <summary>
/// The <c>key=value</c> pairs at the end of a line of a Schedule's text, in order, taken by key; what is left
/// over is an error.
/// </summary>
internal sealed class ScheduleTextFields
{
    private readonly GraphTextLine _line;
    private readonly List<Field> _fields = [];

    /// <summary>Reads the rest of a line.</summary>
    public ScheduleTextFields(GraphTextLine line)
    {
        _line = line;
        HashSet<string> keys = new(StringComparer.Ordinal);
        while (!line.AtEnd)
        {
            int column = line.Column;
            string key = Word(line, "a key");
            line.Expect('=');
            int valueColumn = line.Column;
            _fields.Add(new Field(key, Word(line, "a value"), column, valueColumn));
            if (!keys.Add(key))
            {
                throw line.Error(column, $"'{GraphTextLine.Shorten(key)}' is given twice");
            }
        }
    }

    /// <summary>All that were not taken, in order.</summary>
    public IEnumerable<StepArgument> Rest => _fields.Select(f => new StepArgument(f.Key, f.Value));

    /// <summary>A word, or a string in quotes.</summary>
    public static string Word(GraphTextLine line, string wanted) =>
        line.Peek() == '"' ? line.Quoted() : line.Word(wanted);

    /// <summary>A value that has to be there.</summary>
    public string Text(string key) => Required(key).Value;

    /// <summary>A value that may be absent.</summary>
    public string Text(string key, string absent) => Take(key)?.Value ?? absent;

    /// <summary>A number from 0 that has to be there.</summary>
    public long Number(string key, long most) => Number(Required(key), most);

    /// <summary>A number from 0 that may be absent.</summary>
    public long Number(string key, long most, long absent) => Take(key) is { } field ? Number(field, most) : absent;

    /// <summary>A number from 0 to 2^31 - 1 that has to be there.</summary>
    public int Count(string key) => (int)Number(key, int.MaxValue);

    /// <summary>A value that has to be one that <paramref name="parse"/> knows.</summary>
    public T Parse<T>(string key, string wanted, Func<string, T?> parse)
        where T : struct
    {
        Field field = Required(key);
        return parse(field.Value) ?? throw _line.Error(
            field.ValueColumn, $"'{key}' is {wanted}, not '{GraphTextLine.Shorten(field.Value)}'");
    }

    /// <summary>Whether a key is there that nothing took.</summary>
    public bool Has(string key) => _fields.Exists(f => f.Key == key);

    /// <summary>A value that may be absent, and otherwise has to be one that <paramref name="parse"/> knows.</summary>
    public T? Find<T>(string key, string wanted, Func<string, T?> parse)
        where T : class => Take(key) is not { } field ? null : parse(field.Value) ?? throw _line.Error(
            field.ValueColumn, $"'{key}' is {wanted}, not '{GraphTextLine.Shorten(field.Value)}'");

    /// <summary>Refuses what nothing took.</summary>
    public void ThrowIfLeftOver(string of)
    {
        if (_fields.Count > 0)
        {
            throw _line.Error(_fields[0].Column, $"{of} has no '{GraphTextLine.Shorten(_fields[0].Key)}'");
        }
    }

    private Field Required(string key) => Take(key) ?? throw _line.Error(_line.Column, $"'{key}=' is missing");

    private Field? Take(string key)
    {
        int index = _fields.FindIndex(f => f.Key == key);
        if (index < 0)
        {
            return null;
        }

        Field field = _fields[index];
        _fields.RemoveAt(index);
        return field;
    }

    private long Number(Field field, long most) =>
        long.TryParse(field.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value <= most
            ? value
            : throw _line.Error(
                field.ValueColumn,
                $"'{field.Key}' is a number from 0 to {most}, not '{GraphTextLine.Shorten(field.Value)}'");

    private readonly record struct Field(string Key, string Value, int Column, int ValueColumn);
}
