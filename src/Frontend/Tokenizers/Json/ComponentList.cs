using System.Buffers;

namespace Flightc.Tokenizers;

/// <summary>
/// Resolves the <c>Sequence</c> components of a stage, nested or not, into the components in order.
/// </summary>
internal static class ComponentList
{
    // Components of one stage. Published files have at most five.
    private const int Maximum = 64;

    private static readonly SearchValues<char> Operators = SearchValues.Create(@"\^$.|?*+()[]{}");

    /// <param name="part">A component; null for none.</param>
    /// <param name="member">Where a sequence of that stage keeps its components.</param>
    public static List<JsonPart> Flatten(JsonPart part, string member)
    {
        List<JsonPart> components = [];
        if (!part.IsNull)
        {
            Add(part, member, components);
        }

        return components.Count <= Maximum
            ? components
            : throw part.Invalid($"has {components.Count} components, more than {Maximum}");
    }

    private static void Add(JsonPart part, string member, List<JsonPart> components)
    {
        if (part.Kind != "Sequence")
        {
            components.Add(part);
            return;
        }

        foreach (JsonPart item in part[member].Items())
        {
            Add(item, member, components);
        }
    }

    /// <summary>A fixed text that a component puts in or looks for.</summary>
    public static string Literal(JsonPart part, int maximum, bool mayBeEmpty)
    {
        string text = part.Text();
        return text.Length <= maximum && (mayBeEmpty || text.Length > 0)
            ? text
            : throw part.Invalid($"has {text.Length} characters, wanted {(mayBeEmpty ? 0 : 1)} to {maximum}");
    }

    /// <summary>A text that must be one character of the basic plane.</summary>
    public static char Character(JsonPart part)
    {
        string text = part.Text();
        return text.Length == 1
            ? text[0]
            : throw part.Invalid($"is '{text}', wanted one character of the basic plane");
    }

    /// <summary>
    /// What a pattern looks for where that is a fixed text: <c>{"String": ...}</c>, or a <c>{"Regex":
    /// ...}</c> without operators.
    /// </summary>
    public static string LiteralPattern(JsonPart pattern, int maximum)
    {
        if (!pattern["Regex"].IsNull)
        {
            string expression = pattern["Regex"].Text();
            return expression.Length > 0 && expression.Length <= maximum
                && expression.AsSpan().IndexOfAny(Operators) < 0
                ? expression
                : throw pattern.Invalid(
                    $"is the regular expression '{expression}', which is not supported here",
                    "Expressions are recognised by their text: docs/tokenizers.md lists those of the published tokenizers. Give prompts as ids, or report the model.");
        }

        return Literal(pattern["String"], maximum, mayBeEmpty: false);
    }
}
