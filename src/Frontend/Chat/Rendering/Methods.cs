namespace Flightc.Chat;

/// <summary>The methods of texts, maps and lists that templates use.</summary>
internal static class Methods
{
    private static readonly string[] OfMaps = ["items", "keys", "values", "get"];
    private static readonly string[] OfLists = ["index", "count"];
    private static readonly string[] OfLoops = ["cycle"];
    private static readonly string[] Changing =
        ["append", "extend", "insert", "pop", "remove", "clear", "update", "setdefault", "popitem", "sort", "reverse"];

    /// <summary>Whether a value has a method of that name, supported or known to be refused.</summary>
    public static bool Has(object? target, string name) => target switch
    {
        string => TextMethods.Names.Contains(name),
        TemplateMap map => OfMaps.Contains(name) || (Changing.Contains(name) && !map.TryGet(name, out _)),
        List<object?> => OfLists.Contains(name) || Changing.Contains(name),
        LoopState => OfLoops.Contains(name),
        _ => false,
    };

    /// <summary>Calls a method.</summary>
    public static object? Call(BoundMethod method, CallArguments given, RenderContext context)
    {
        if (method.Target is string text)
        {
            return TextMethods.Call(text, method.Name, given, context);
        }

        if (Changing.Contains(method.Name))
        {
            throw context.Fault(
                $"'{method.Name}' would change {TemplateValue.KindOf(method.Target)}, which templates must not; a namespace or '+' does the same");
        }

        return (method.Target, method.Name) switch
        {
            (TemplateMap map, "get") => map.TryGet(given.Accept(2, "default").Text(0, "key"), out object? value)
                ? value
                : given.TryGet(1, "default", out object? fallback) ? fallback : null,
            (TemplateMap map, "keys") => map.Keys.Select(key => (object?)key).ToList(),
            (TemplateMap map, "values") => map.Entries.Select(entry => entry.Value).ToList(),
            (TemplateMap map, "items") => Entries(map),
            (List<object?> list, "count") => list.LongCount(item => TemplateValue.AreEqual(item, given.Required(0, "value"), context)),
            (List<object?> list, "index") => Index(list, given.Required(0, "value"), context),
            (LoopState loop, "cycle") when given.Values.Count > 0 => given.Values[loop.Index % given.Values.Count],
            _ => throw context.Fault($"'{method.Name}' cannot be called like that"),
        };
    }

    /// <summary>Pairs of name and value.</summary>
    public static List<object?> Entries(TemplateMap map) =>
        [.. map.Entries.Select(entry => (object?)new List<object?> { entry.Key, entry.Value })];

    private static long Index(List<object?> list, object? value, RenderContext context)
    {
        int index = list.FindIndex(item => TemplateValue.AreEqual(item, value, context));
        return index >= 0 ? index : throw context.Fault("the list has no such item");
    }
}
