namespace Flightc.Chat;

/// <summary>The filters that go over the items of a value. They make lists where Jinja makes generators.</summary>
internal static class ListFilters
{
    /// <summary>The value that a filter makes of another.</summary>
    public static object? Apply(string name, object? value, CallArguments given, RenderContext context)
    {
        switch (name)
        {
            case "reverse" when value is string text:
                return context.Made(string.Concat(TemplateValue.ItemsOf(text, context).Reverse()));
            case "first" or "last" or "join" or "reverse" or "unique" or "sort" or "sum" or "min" or "max" or "map" or "select" or "reject" or "selectattr" or "rejectattr":
                break;
            default:
                throw context.Fault(
                    $"the filter '{Diagnostics.Excerpt.Of(name)}' is not supported; supported are {string.Join(", ", Filters.Names)}");
        }

        IReadOnlyList<object?> items = TemplateValue.ItemsOf(value, context);
        return name switch
        {
            "first" => items.Count > 0 ? items[0] : new Undefined("the first of no items"),
            "last" => items.Count > 0 ? items[^1] : new Undefined("the last of no items"),
            "join" => TextMethods.Join(
                given.Accept(2, "d", "attribute").TextOr(0, "d", "")!, Attributes(items, given.TextOr(1, "attribute", null), context), context),
            "reverse" => items.Reverse().ToList(),
            "unique" => Unique(items, context),
            "sort" => Sort(items, given.Accept(3, "reverse", "case_sensitive", "attribute"), context),
            "sum" => Attributes(items, given.Accept(2, "attribute", "start").TextOr(0, "attribute", null), context)
                .Aggregate((object?)0L, (sum, item) => Operators.Apply("+", sum, item, context)),
            "min" or "max" => Extreme(items, name == "max", context),
            "map" => Map(items, given, context),
            "select" or "reject" => items.Where(item => Passes(item, given, 0, context) == (name == "select")).ToList(),
            _ => items.Where(item => Passes(Attribute(item, given.Text(0, "attribute"), context), given, 1, context) == (name == "selectattr")).ToList(),
        };
    }

    private static List<object?> Attributes(IReadOnlyList<object?> items, string? name, RenderContext context) =>
        name is null ? [.. items] : [.. items.Select(item => Attribute(item, name, context))];

    /// <summary>A member of a member, by names with points between.</summary>
    private static object? Attribute(object? item, string path, RenderContext context)
    {
        foreach (string name in path.Split('.'))
        {
            context.Spend(1);
            item = item is TemplateMap map
                ? map.TryGet(name, out object? value) ? value : new Undefined($"'{name}'")
                : Members.Get(item, name, context);
        }

        return item;
    }

    /// <summary>Whether an item passes the test that is named at a place, or is true where none is.</summary>
    private static bool Passes(object? item, CallArguments given, int place, RenderContext context)
    {
        context.Spend(1);
        return given.Values.Count <= place
            ? TemplateValue.IsTrue(item)
            : Tests.Holds(
                given.Text(place, "test"), item,
                new CallArguments("the test", [.. given.Values.Skip(place + 1)], given.Named, context), context);
    }

    private static List<object?> Map(IReadOnlyList<object?> items, CallArguments given, RenderContext context)
    {
        if (given.Values.Count == 0)
        {
            string attribute = given.Accept(0, "attribute", "default").Text(0, "attribute");
            bool hasDefault = given.TryGet(-1, "default", out object? fallback);
            return [.. Attributes(items, attribute, context).Select(item => hasDefault && item is Undefined ? fallback : item)];
        }

        string filter = given.Text(0, "filter");
        CallArguments rest = new($"the filter '{filter}'", [.. given.Values.Skip(1)], given.Named, context);
        return [.. items.Select(item => Filters.Apply(filter, item, rest, context))];
    }

    private static List<object?> Unique(IReadOnlyList<object?> items, RenderContext context)
    {
        List<object?> result = [];
        foreach (object? item in items)
        {
            if (!result.Exists(known => TemplateValue.AreEqual(known, item, context)))
            {
                result.Add(item);
            }
        }

        return result;
    }

    private static List<object?> Sort(IReadOnlyList<object?> items, CallArguments given, RenderContext context)
    {
        string? attribute = given.TextOr(2, "attribute", null);
        bool isCaseSensitive = given.FlagOr(1, "case_sensitive", false);
        Comparer<object?> comparer = Comparer<object?>.Create((a, b) =>
        {
            context.Spend(1);
            return Operators.Order(Key(a), Key(b), "sort", context);
        });
        // Linq, unlike List.Sort, keeps the order of equals and lets exceptions out as they are.
        IEnumerable<object?> sorted = given.FlagOr(0, "reverse", false)
            ? items.OrderByDescending(item => item, comparer)
            : items.OrderBy(item => item, comparer);
        return [.. sorted];

        object? Key(object? item)
        {
            object? key = attribute is null ? item : Attribute(item, attribute, context);
            return key is string text && !isCaseSensitive ? text.ToLowerInvariant() : key;
        }
    }

    private static object? Extreme(IReadOnlyList<object?> items, bool isLargest, RenderContext context)
    {
        object? best = items.Count > 0 ? items[0] : new Undefined("the largest or smallest of no items");
        foreach (object? item in items.Skip(1))
        {
            int order = Operators.Order(item, best, isLargest ? "max" : "min", context);
            best = (isLargest ? order > 0 : order < 0) ? item : best;
        }

        return best;
    }
}
