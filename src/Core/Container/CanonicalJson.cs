using System.Globalization;
using System.Text;

namespace Flightc.Container;

/// <summary>
/// JSON with exactly one form for a value: keys in ordinal order, numbers and escapes in their shortest form.
/// </summary>
/// <remarks>
/// Written by hand, because the escapes of the library's writer depend on its tables of characters. Values
/// are strings, longs, doubles, sequences and <see cref="SortedDictionary{TKey,TValue}"/> by string with
/// ordinal order.
/// </remarks>
internal static class CanonicalJson
{
    /// <summary>An empty object.</summary>
    public static SortedDictionary<string, object> Object() => new(StringComparer.Ordinal);

    /// <summary>The text without white space.</summary>
    public static string Line(object value)
    {
        StringBuilder text = new();
        Write(text, value);
        return text.ToString();
    }

    /// <summary>
    /// The text with a line for every item of the upper two levels, for people and for <c>diff</c>.
    /// </summary>
    public static string Lines(SortedDictionary<string, object> value)
    {
        StringBuilder text = new("{");
        string separator = "\n  ";
        foreach ((string key, object item) in value)
        {
            text.Append(separator);
            WriteString(text, key);
            text.Append(": ");
            WriteItem(text, item);
            separator = ",\n  ";
        }

        return text.Append("\n}\n").ToString();
    }

    private static void WriteItem(StringBuilder text, object item)
    {
        (char open, char close, List<string> lines) = item switch
        {
            SortedDictionary<string, object> map => ('{', '}', map.Select(entry => $"{Line(entry.Key)}: {Line(entry.Value)}").ToList()),
            IEnumerable<object> list => ('[', ']', list.Select(Line).ToList()),
            _ => (' ', ' ', []),
        };
        if (lines.Count == 0)
        {
            Write(text, item);
            return;
        }

        text.Append(open).Append("\n    ").AppendJoin(",\n    ", lines).Append("\n  ").Append(close);
    }

    private static void Write(StringBuilder text, object value)
    {
        switch (value)
        {
            case string s:
                WriteString(text, s);
                break;
            case bool flag:
                text.Append(flag ? "true" : "false");
                break;
            case long or int:
                text.Append(CultureInfo.InvariantCulture, $"{value}");
                break;
            case double d when double.IsFinite(d):
                text.Append(d.ToString("R", CultureInfo.InvariantCulture));
                break;
            case SortedDictionary<string, object> map:
                WriteMap(text, map);
                break;
            case IEnumerable<object> list:
                WriteList(text, list);
                break;
            default:
                throw new ArgumentException($"no JSON for {value}", nameof(value));
        }
    }

    private static void WriteMap(StringBuilder text, SortedDictionary<string, object> map)
    {
        string separator = "{";
        foreach ((string key, object item) in map)
        {
            text.Append(separator);
            WriteString(text, key);
            text.Append(':');
            Write(text, item);
            separator = ",";
        }

        text.Append(map.Count == 0 ? "{}" : "}");
    }

    private static void WriteList(StringBuilder text, IEnumerable<object> list)
    {
        text.Append('[');
        string separator = "";
        foreach (object item in list)
        {
            text.Append(separator);
            Write(text, item);
            separator = ",";
        }

        text.Append(']');
    }

    private static void WriteString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (char c in value)
        {
            if (c is '"' or '\\')
            {
                text.Append('\\').Append(c);
            }
            else if (c < ' ')
            {
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            }
            else
            {
                text.Append(c);
            }
        }

        text.Append('"');
    }
}
