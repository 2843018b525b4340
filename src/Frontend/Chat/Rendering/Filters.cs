using System.Globalization;
using System.Text;

namespace Flightc.Chat;

/// <summary>What can stand behind <c>|</c>.</summary>
internal static class Filters
{
    // Spaces: more levels of more do not occur.
    private const int MaximumIndent = 64;

    /// <summary>Those that are supported.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "abs", "capitalize", "count", "d", "default", "dictsort", "first", "float", "indent", "int", "items", "join", "last",
        "length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "replace", "reverse", "safe", "select",
        "selectattr", "sort", "string", "sum", "title", "tojson", "trim", "unique", "upper",
    ];

    /// <summary>The value that a filter makes of another.</summary>
    public static object? Apply(string name, object? value, CallArguments given, RenderContext context)
    {
        context.Spend((value as string)?.Length ?? 0);
        switch (name)
        {
            case "default" or "d":
                bool isMissing = value is Undefined || (given.FlagOr(1, "boolean", false) && !TemplateValue.IsTrue(value));
                return !isMissing ? value : given.TryGet(0, "default_value", out object? fallback) ? fallback : "";
            case "length" or "count":
                return TemplateValue.LengthOf(value, context);
            case "list":
                return new List<object?>(TemplateValue.ItemsOf(value, context));
            case "string" or "safe":
                return TemplateValue.ToText(value, context);
            case "trim":
                return TextMethods.Strip(TemplateValue.ToText(value, context), given.Accept(1, "chars").TextOr(0, "chars", null), true, true);
            case "upper":
                return context.Made(TemplateValue.ToText(value, context).ToUpperInvariant());
            case "lower":
                return context.Made(TemplateValue.ToText(value, context).ToLowerInvariant());
            case "title":
                return context.Made(TextMethods.Title(TemplateValue.ToText(value, context)));
            case "capitalize":
                return context.Made(TextMethods.Capitalize(TemplateValue.ToText(value, context)));
            case "replace":
                return TextMethods.Replace(
                    TemplateValue.ToText(value, context), given.Accept(3, "old", "new", "count").Text(0, "old"),
                    given.Text(1, "new"), given.NumberOr(2, "count", -1), context);
            case "indent":
                return Indent(TemplateValue.ToText(value, context), given.Accept(3, "width", "first", "blank"), context);
            case "tojson":
                return ToJson(value, given.Accept(1, "indent", "ensure_ascii", "separators", "sort_keys"), context);
            case "int":
                return ToWhole(value) ?? given.NumberOr(0, "default", 0);
            case "float":
                return ToReal(value) is double read ? read : given.TryGet(0, "default", out object? real) ? real : 0.0;
            case "abs":
                return value switch
                {
                    double number => (object)Math.Abs(number),
                    long whole and not long.MinValue => Math.Abs(whole),
                    _ => throw Wrong("a number"),
                };
            case "items":
                return value is Undefined ? new List<object?>() : Methods.Entries(value as TemplateMap ?? throw Wrong("a map"));
            case "dictsort":
                return Methods.Entries(value as TemplateMap ?? throw Wrong("a map"))
                    .OrderBy(entry => (string)((List<object?>)entry!)[0]!, StringComparer.OrdinalIgnoreCase).ToList();
            default:
                return ListFilters.Apply(name, value, given, context);
        }

        Diagnostics.CompilationException Wrong(string wanted) =>
            context.Fault($"the filter '{name}' takes {wanted}, not {TemplateValue.KindOf(value)}");
    }

    private static string Indent(string text, CallArguments given, RenderContext context)
    {
        string prefix = given.TryGet(0, "width", out object? width) && width is string literal
            ? literal
            : new string(' ', (int)Math.Clamp(given.NumberOr(0, "width", 4), 0, MaximumIndent));
        bool first = given.FlagOr(1, "first", false);
        bool blank = given.FlagOr(2, "blank", false);
        StringBuilder result = new();
        int number = 0;
        foreach (string line in text.Split('\n'))
        {
            result.Append(number > 0 ? "\n" : "");
            result.Append((number > 0 && (blank || line.Length > 0)) || (number == 0 && first) ? prefix : "").Append(line);
            context.Limit(result.Length);
            number++;
        }

        return context.Made(result.ToString());
    }

    private static string ToJson(object? value, CallArguments given, RenderContext context)
    {
        if (given.FlagOr(-1, "ensure_ascii", false))
        {
            throw context.Fault("'tojson' with ensure_ascii is not supported");
        }

        int? indent = given.TryGet(0, "indent", out object? spaces) && spaces is long width
            ? (int)Math.Clamp(width, 0, MaximumIndent)
            : null;
        (string item, string key) = (", ", ": ");
        if (given.TryGet(-1, "separators", out object? separators) && separators is not null)
        {
            (item, key) = separators is List<object?> and [string first, string second]
                ? (first, second)
                : throw context.Fault("'separators' are two texts");
        }

        return new JsonWriter(context, indent, item, key, given.FlagOr(-1, "sort_keys", false)).Write(value);
    }

    private static object? ToWhole(object? value) => value switch
    {
        long number => number,
        bool flag => flag ? 1L : 0L,
        double real when Math.Abs(real) < 1e18 => (long)real,
        string text when long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) => whole,
        string text when ToReal(text) is double read && Math.Abs(read) < 1e18 => (long)read,
        _ => null,
    };

    private static double? ToReal(object? value) => value switch
    {
        long or double or bool => TemplateValue.AsNumber(value),
        string text when double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out double real) => real,
        _ => null,
    };
}
