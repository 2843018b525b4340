namespace Flightc.Chat;

/// <summary>What can stand behind <c>is</c>.</summary>
internal static class Tests
{
    /// <summary>Those that are supported.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "defined", "undefined", "none", "string", "mapping", "iterable", "sequence", "number", "integer", "float", "boolean",
        "true", "false", "callable", "odd", "even", "divisibleby", "lower", "upper", "in", "equalto", "eq", "ne", "lt", "le",
        "gt", "ge", "sameas", "==", "!=", "<", "<=", ">", ">=",
    ];

    /// <summary>Whether a value passes a test.</summary>
    public static bool Holds(string name, object? value, CallArguments given, RenderContext context) => name switch
    {
        "defined" => value is not Undefined,
        "undefined" => value is Undefined,
        "none" => value is null,
        "string" => value is string,
        "mapping" => value is TemplateMap,
        "iterable" => value is string or List<object?> or TemplateMap or Undefined,
        "sequence" => value is string or List<object?> or TemplateMap or Undefined,
        "number" => value is long or double or bool,
        "integer" => value is long,
        "float" => value is double,
        "boolean" => value is bool,
        "true" => value is true,
        "false" => value is false,
        "callable" => value is TemplateFunction or BoundMethod,
        "odd" => Remainder(value, 2, context) != 0,
        "even" => Remainder(value, 2, context) == 0,
        "divisibleby" => Remainder(value, given.NumberOr(0, "num", 0), context) == 0,
        "lower" => value is string text && text.Any(char.IsLetter) && !text.Any(char.IsUpper),
        "upper" => value is string text && text.Any(char.IsLetter) && !text.Any(char.IsLower),
        "in" => Operators.Compare("in", value, given.Required(0, "seq"), context),
        "equalto" or "eq" or "==" => Operators.Compare("==", value, given.Required(0, "other"), context),
        "ne" or "!=" => Operators.Compare("!=", value, given.Required(0, "other"), context),
        "lt" or "<" => Operators.Compare("<", value, given.Required(0, "other"), context),
        "le" or "<=" => Operators.Compare("<=", value, given.Required(0, "other"), context),
        "gt" or ">" => Operators.Compare(">", value, given.Required(0, "other"), context),
        "ge" or ">=" => Operators.Compare(">=", value, given.Required(0, "other"), context),
        "sameas" => IsSame(value, given.Required(0, "other")),
        _ => throw context.Fault($"the test '{name}' is not supported; supported are {string.Join(", ", Names)}"),
    };

    private static bool IsSame(object? a, object? b) =>
        a?.GetType() == b?.GetType() && (a is null or bool or long or double or string ? Equals(a, b) : ReferenceEquals(a, b));

    private static long Remainder(object? value, long divisor, RenderContext context) => value is long number && divisor != 0
        ? divisor == -1 ? 0 : number % divisor
        : throw context.Fault($"wanted a whole number to divide by another, not {TemplateValue.KindOf(value)}");
}
