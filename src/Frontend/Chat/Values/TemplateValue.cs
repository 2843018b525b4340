using System.Globalization;
using System.Text;

namespace Flightc.Chat;

/// <summary>What the values of a template do, which is what they do in Python.</summary>
/// <remarks>
/// Values are: null (none), bool, long, double, string, <see cref="List{T}"/>, <see cref="TemplateMap"/>,
/// <see cref="Undefined"/>, <see cref="TemplateNamespace"/>, <see cref="LoopState"/>, <see cref="BoundMethod"/> and
/// <see cref="TemplateFunction"/>. Lists and maps are never changed once they are made.
/// </remarks>
internal static class TemplateValue
{
    // Deeper ones come of no template that could be read; files of messages are bounded by their reader.
    private const int MaximumDepth = 64;

    /// <summary>What a value is, for messages.</summary>
    public static string KindOf(object? value) => value switch
    {
        null => "none",
        bool => "true or false",
        long => "a whole number",
        double => "a number",
        string => "a text",
        List<object?> => "a list",
        TemplateMap => "a map",
        Undefined { What: string what } => $"{what}, which is undefined",
        TemplateNamespace => "a namespace",
        LoopState => "a loop",
        _ => "a function",
    };

    /// <summary>Whether a value counts as true.</summary>
    public static bool IsTrue(object? value) => value switch
    {
        null or Undefined => false,
        bool flag => flag,
        long number => number != 0,
        double number => number != 0,
        string text => text.Length > 0,
        List<object?> list => list.Count > 0,
        TemplateMap map => map.Count > 0,
        _ => true,
    };

    /// <summary>Whether two values are equal; a whole number equals the same real one, and true equals one.</summary>
    public static bool AreEqual(object? a, object? b, RenderContext context, int depth = 0)
    {
        // A list that holds another twice, and so on, is small and yet takes for ever.
        context.Spend(1 + ((a as string)?.Length ?? 0));
        if (depth > MaximumDepth)
        {
            return false;
        }

        if (AsNumber(a) is double x && AsNumber(b) is double y)
        {
            return a is long whole && b is long other ? whole == other : x == y;
        }

        return (a, b) switch
        {
            (null, null) => true,
            (Undefined, Undefined) => true,
            (string first, string second) => first == second,
            (List<object?> first, List<object?> second) =>
                first.Count == second.Count && first.Zip(second).All(pair => AreEqual(pair.First, pair.Second, context, depth + 1)),
            (TemplateMap first, TemplateMap second) =>
                first.Count == second.Count
                && first.Entries.All(entry => second.TryGet(entry.Key, out object? value) && AreEqual(entry.Value, value, context, depth + 1)),
            _ => ReferenceEquals(a, b),
        };
    }

    /// <summary>A number or a bool as a number; null for everything else.</summary>
    public static double? AsNumber(object? value) => value switch
    {
        bool flag => flag ? 1 : 0,
        long number => number,
        double number => number,
        _ => null,
    };

    /// <summary>How a value is written in the output.</summary>
    public static string ToText(object? value, RenderContext context)
    {
        if (value is string text)
        {
            return text;
        }

        if (value is Undefined)
        {
            return "";
        }

        StringBuilder result = new();
        Write(value, result, context, 0);
        return context.Made(result.ToString());
    }

    /// <summary>The code points of a text as texts, the items of a list or the names of a map.</summary>
    public static IReadOnlyList<object?> ItemsOf(object? value, RenderContext context)
    {
        List<object?> items = value switch
        {
            List<object?> list => list,
            TemplateMap map => [.. map.Keys],
            string text => [.. text.EnumerateRunes().Select(rune => rune.ToString())],
            Undefined => [],
            _ => throw context.Fault($"wanted something with items, not {KindOf(value)}"),
        };
        context.Spend(items.Count);
        return items;
    }

    /// <summary>How many items a value has; of a text its code points.</summary>
    public static long LengthOf(object? value, RenderContext context) => value switch
    {
        List<object?> list => list.Count,
        TemplateMap map => map.Count,
        string text => CodePoints(text, context),
        Undefined => 0,
        _ => throw context.Fault($"wanted something with a length, not {KindOf(value)}"),
    };

    private static long CodePoints(string text, RenderContext context)
    {
        context.Spend(text.Length);
        return text.EnumerateRunes().Count();
    }

    private static void Write(object? value, StringBuilder result, RenderContext context, int depth)
    {
        if (depth > MaximumDepth)
        {
            throw context.Fault($"a value is nested more than {MaximumDepth} deep");
        }

        context.Spend(1);
        switch (value)
        {
            case null:
                result.Append("None");
                break;
            case bool flag:
                result.Append(flag ? "True" : "False");
                break;
            case long number:
                result.Append(number.ToString(CultureInfo.InvariantCulture));
                break;
            case double number:
                result.Append(RealText(number));
                break;
            case string text:
                result.Append(Quoted(text));
                break;
            case List<object?> list:
                result.Append('[');
                for (int i = 0; i < list.Count; i++)
                {
                    result.Append(i > 0 ? ", " : "");
                    Write(list[i], result, context, depth + 1);
                }

                result.Append(']');
                break;
            case TemplateMap map:
                result.Append('{');
                string separator = "";
                foreach ((string key, object? item) in map.Entries)
                {
                    result.Append(separator).Append(Quoted(key)).Append(": ");
                    Write(item, result, context, depth + 1);
                    separator = ", ";
                }

                result.Append('}');
                break;
            case Undefined:
                break;
            default:
                throw context.Fault($"{KindOf(value)} cannot be written");
        }

        context.Limit(result.Length);
    }

    /// <summary>A real number as Python writes it: the shortest digits, and a point or an exponent.</summary>
    public static string RealText(double number)
    {
        if (!double.IsFinite(number))
        {
            return double.IsNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
        }

        double size = Math.Abs(number);
        if (size != 0 && size is >= 1e16 or < 1e-4)
        {
            string[] parts = number.ToString("E16", CultureInfo.InvariantCulture).Split('E');
            string shortest = number.ToString("R", CultureInfo.InvariantCulture);
            string digits = new([.. shortest.Split('E')[0].Where(char.IsAsciiDigit)]);
            digits = digits.TrimStart('0').TrimEnd('0');
            int exponent = int.Parse(parts[1], CultureInfo.InvariantCulture);
            string mantissa = digits.Length > 1 ? $"{digits[0]}.{digits[1..]}" : digits;
            string sign = number < 0 ? "-" : "";
            return string.Create(
                CultureInfo.InvariantCulture, $"{sign}{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
        }

        string text = number.ToString("F99", CultureInfo.InvariantCulture);
        string plain = number.ToString("R", CultureInfo.InvariantCulture);
        // 'R' turns to exponents earlier than Python does.
        string result = plain.Contains('E', StringComparison.Ordinal) ? text.TrimEnd('0') : plain;
        result = result.EndsWith('.') ? result + "0" : result;
        return result.Contains('.', StringComparison.Ordinal) ? result : result + ".0";
    }

    /// <summary>A text within a list or a map: in quotes, the single ones where that needs no escape.</summary>
    private static string Quoted(string text)
    {
        char quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        StringBuilder result = new();
        result.Append(quote);
        foreach (char character in text)
        {
            _ = character switch
            {
                '\\' => result.Append(@"\\"),
                '\n' => result.Append(@"\n"),
                '\r' => result.Append(@"\r"),
                '\t' => result.Append(@"\t"),
                _ when character == quote => result.Append('\\').Append(quote),
                < ' ' or '\u007F' => result.Append(CultureInfo.InvariantCulture, $"\\x{(int)character:x2}"),
                _ => result.Append(character),
            };
        }

        return result.Append(quote).ToString();
    }
}
