using System.Globalization;
using System.Text;

namespace Flightc.Chat;

/// <summary>The filter <c>tojson</c>: JSON as Python's <c>json.dumps</c> writes it, with characters as they are.</summary>
/// <param name="context">For limits and errors.</param>
/// <param name="indent">Spaces per level; null for one line.</param>
/// <param name="itemSeparator">Between items.</param>
/// <param name="keySeparator">Between a name and its value.</param>
/// <param name="sortsKeys">Whether names are sorted by code units instead of left in their order.</param>
internal sealed class JsonWriter(
    RenderContext context, int? indent, string itemSeparator, string keySeparator, bool sortsKeys)
{
    private const int MaximumDepth = 64;

    private readonly StringBuilder _result = new();

    /// <summary>The JSON of a value.</summary>
    public string Write(object? value)
    {
        Write(value, 0);
        return context.Made(_result.ToString());
    }

    private void Write(object? value, int depth)
    {
        if (depth > MaximumDepth)
        {
            throw context.Fault($"a value is nested more than {MaximumDepth} deep");
        }

        context.Spend(1);
        context.Limit(_result.Length);
        switch (value)
        {
            case null:
                _result.Append("null");
                break;
            case bool flag:
                _result.Append(flag ? "true" : "false");
                break;
            case long number:
                _result.Append(number.ToString(CultureInfo.InvariantCulture));
                break;
            case double number:
                _result.Append(TemplateValue.RealText(number));
                break;
            case string text:
                WriteText(text);
                break;
            case List<object?> list:
                WriteItems('[', ']', list, depth, item => Write(item, depth + 1));
                break;
            case TemplateMap map:
                IEnumerable<KeyValuePair<string, object?>> entries = sortsKeys
                    ? map.Entries.OrderBy(entry => entry.Key, StringComparer.Ordinal)
                    : map.Entries;
                WriteItems('{', '}', [.. entries], depth, entry =>
                {
                    WriteText(entry.Key);
                    _result.Append(keySeparator);
                    Write(entry.Value, depth + 1);
                });
                break;
            default:
                throw context.Fault($"{TemplateValue.KindOf(value)} has no JSON");
        }
    }

    private void WriteItems<T>(char open, char close, List<T> items, int depth, Action<T> write)
    {
        _result.Append(open);
        for (int i = 0; i < items.Count; i++)
        {
            _result.Append(i == 0 ? "" : indent is null ? itemSeparator : itemSeparator.TrimEnd(' '));
            BreakLine(depth + 1);
            write(items[i]);
        }

        if (items.Count > 0)
        {
            BreakLine(depth);
        }

        _result.Append(close);
    }

    private void BreakLine(int depth)
    {
        if (indent is int spaces)
        {
            _result.Append('\n').Append(' ', spaces * depth);
        }
    }

    private void WriteText(string text)
    {
        _result.Append('"');
        foreach (char character in text)
        {
            _ = character switch
            {
                '"' => _result.Append("\\\""),
                '\\' => _result.Append(@"\\"),
                '\n' => _result.Append(@"\n"),
                '\r' => _result.Append(@"\r"),
                '\t' => _result.Append(@"\t"),
                '\b' => _result.Append(@"\b"),
                '\f' => _result.Append(@"\f"),
                < ' ' => _result.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"),
                _ => _result.Append(character),
            };
        }

        _result.Append('"');
    }
}
