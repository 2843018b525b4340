using System.Text;

namespace Flightc.Chat;

/// <summary>The methods of texts, as Python has them.</summary>
internal static class TextMethods
{
    /// <summary>Those that are supported.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "strip", "lstrip", "rstrip", "split", "rsplit", "splitlines", "startswith", "endswith", "upper", "lower", "title",
        "capitalize", "replace", "find", "rfind", "count", "join", "removeprefix", "removesuffix", "isdigit", "isalpha",
        "isspace", "format",
    ];

    /// <summary>Calls a method of a text.</summary>
    public static object? Call(string text, string name, CallArguments given, RenderContext context)
    {
        context.Spend(text.Length + 1);
        return name switch
        {
            "strip" => Strip(text, given.Accept(1).TextOr(0, "chars", null), true, true),
            "lstrip" => Strip(text, given.Accept(1).TextOr(0, "chars", null), true, false),
            "rstrip" => Strip(text, given.Accept(1).TextOr(0, "chars", null), false, true),
            "split" => Split(text, given.Accept(2, "sep", "maxsplit"), false, context),
            "rsplit" => Split(text, given.Accept(2, "sep", "maxsplit"), true, context),
            "splitlines" => SplitLines(text),
            "startswith" => Affixes(given.Accept(1), context).Any(affix => text.StartsWith(affix, StringComparison.Ordinal)),
            "endswith" => Affixes(given.Accept(1), context).Any(affix => text.EndsWith(affix, StringComparison.Ordinal)),
            "upper" => context.Made(text.ToUpperInvariant()),
            "lower" => context.Made(text.ToLowerInvariant()),
            "title" => context.Made(Title(text)),
            "capitalize" => context.Made(Capitalize(text)),
            "replace" => Replace(
                text, given.Accept(3, "old", "new", "count").Text(0, "old"), given.Text(1, "new"), given.NumberOr(2, "count", -1), context),
            "find" => Place(text, text.IndexOf(given.Accept(1).Text(0, "sub"), StringComparison.Ordinal)),
            "rfind" => Place(text, text.LastIndexOf(given.Accept(1).Text(0, "sub"), StringComparison.Ordinal)),
            "count" => Count(text, given.Accept(1).Text(0, "sub")),
            "join" => Join(text, TemplateValue.ItemsOf(given.Accept(1).Required(0, "items"), context), context),
            "removeprefix" => given.Accept(1).Text(0, "prefix") is string prefix && text.StartsWith(prefix, StringComparison.Ordinal)
                ? text[prefix.Length..]
                : text,
            "removesuffix" => given.Accept(1).Text(0, "suffix") is string suffix && text.EndsWith(suffix, StringComparison.Ordinal)
                ? text[..^suffix.Length]
                : text,
            "isdigit" => text.Length > 0 && text.EnumerateRunes().All(Rune.IsDigit),
            "isalpha" => text.Length > 0 && text.EnumerateRunes().All(Rune.IsLetter),
            "isspace" => text.Length > 0 && text.EnumerateRunes().All(Rune.IsWhiteSpace),
            _ => throw context.Fault($"the method '{name}' of texts is not supported; '~' joins texts and numbers"),
        };
    }

    /// <summary>Removes white space, or the characters of a set, at the ends.</summary>
    public static string Strip(string text, string? characters, bool left, bool right)
    {
        ReadOnlySpan<char> kept = text;
        // Sets with characters outside the basic plane do not occur in templates; their halves would match alone.
        kept = left ? characters is null ? kept.TrimStart() : kept.TrimStart(characters) : kept;
        kept = right ? characters is null ? kept.TrimEnd() : kept.TrimEnd(characters) : kept;
        return kept.Length == text.Length ? text : kept.ToString();
    }

    /// <summary>Every word with its first letter in upper case and the others in lower case.</summary>
    public static string Title(string text)
    {
        StringBuilder result = new(text.Length);
        bool isInside = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            result.Append((isInside ? Rune.ToLowerInvariant(rune) : Rune.ToUpperInvariant(rune)).ToString());
            isInside = Rune.IsLetter(rune);
        }

        return result.ToString();
    }

    /// <summary>The first character in upper case, the others in lower case.</summary>
    public static string Capitalize(string text)
    {
        StringBuilder result = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            result.Append((result.Length > 0 ? Rune.ToLowerInvariant(rune) : Rune.ToUpperInvariant(rune)).ToString());
        }

        return result.ToString();
    }

    /// <summary>Replaces the first occurrences of a text, or all where the count is below zero.</summary>
    public static string Replace(string text, string old, string replacement, long count, RenderContext context)
    {
        if (old.Length == 0)
        {
            throw context.Fault("an empty text cannot be replaced");
        }

        StringBuilder result = new();
        int from = 0;
        for (; count != 0; count--)
        {
            int at = text.IndexOf(old, from, StringComparison.Ordinal);
            if (at < 0)
            {
                break;
            }

            result.Append(text, from, at - from).Append(replacement);
            context.Limit(result.Length);
            from = at + old.Length;
        }

        return context.Made(result.Append(text, from, text.Length - from).ToString());
    }

    /// <summary>The items as texts with a text between them.</summary>
    public static string Join(string separator, IReadOnlyList<object?> items, RenderContext context)
    {
        StringBuilder result = new();
        for (int i = 0; i < items.Count; i++)
        {
            result.Append(i > 0 ? separator : "").Append(TemplateValue.ToText(items[i], context));
            context.Limit(result.Length);
        }

        return context.Made(result.ToString());
    }

    private static IEnumerable<string> Affixes(CallArguments given, RenderContext context)
    {
        object? value = given.Required(0, "affix");
        return value is List<object?> list
            ? list.Select(item => item as string ?? throw context.Fault("wanted texts to compare with"))
            : [given.Text(0, "affix")];
    }

    private static List<object?> Split(string text, CallArguments given, bool fromRight, RenderContext context)
    {
        string? separator = given.TextOr(0, "sep", null);
        long maximum = given.NumberOr(1, "maxsplit", -1);
        int limit = maximum < 0 ? int.MaxValue : (int)Math.Min(maximum, int.MaxValue - 1) + 1;
        if (separator is null)
        {
            return SplitAtSpace(text, limit, fromRight, context);
        }

        if (separator.Length == 0)
        {
            throw context.Fault("a text cannot be split at an empty text");
        }

        List<object?> parts = [];
        if (!fromRight)
        {
            parts.AddRange(text.Split(separator, limit));
        }
        else
        {
            int end = text.Length;
            while (parts.Count < limit - 1 && end >= separator.Length)
            {
                int at = text.AsSpan(0, end).LastIndexOf(separator, StringComparison.Ordinal);
                if (at < 0)
                {
                    break;
                }

                parts.Add(text[(at + separator.Length)..end]);
                end = at;
            }

            parts.Add(text[..end]);
            parts.Reverse();
        }

        context.Spend(parts.Count);
        return parts;
    }

    private static List<object?> SplitAtSpace(string text, int limit, bool fromRight, RenderContext context)
    {
        if (fromRight && limit != int.MaxValue)
        {
            throw context.Fault("'rsplit' with a number wants the text to split at");
        }

        List<object?> parts = [];
        ReadOnlySpan<char> rest = text.AsSpan().TrimStart();
        while (!rest.IsEmpty)
        {
            int end = 0;
            while (end < rest.Length && !char.IsWhiteSpace(rest[end]))
            {
                end++;
            }

            end = parts.Count == limit - 1 ? rest.TrimEnd().Length : end;
            parts.Add(rest[..end].ToString());
            rest = rest[end..].TrimStart();
        }

        context.Spend(parts.Count);
        return parts;
    }

    private static List<object?> SplitLines(string text)
    {
        List<object?> lines = [.. text.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n', '\r')];
        if (lines[^1] is "")
        {
            lines.RemoveAt(lines.Count - 1);
        }

        return lines;
    }

    /// <summary>A place in UTF-16 units as one in code points.</summary>
    private static long Place(string text, int index)
    {
        long place = index;
        for (int i = 0; i < index; i++)
        {
            place -= char.IsLowSurrogate(text[i]) ? 1 : 0;
        }

        return place;
    }

    private static long Count(string text, string part)
    {
        long count = 0;
        for (int from = 0; part.Length > 0 && (from = text.IndexOf(part, from, StringComparison.Ordinal)) >= 0; from += part.Length)
        {
            count++;
        }

        return count;
    }
}
