using System.Text.Json;
using Flightc.Diagnostics;

namespace Flightc.Tokenizers;

/// <summary>
/// A value of a tokenizer file together with where it stands, so that every complaint can name the place.
/// </summary>
/// <remarks>
/// All accessors throw a coded <see cref="CompilationException"/> where the value is not what was asked for.
/// </remarks>
internal readonly struct JsonPart(JsonElement element, string path, string location)
{
    // Characters. A token that is quoted may have thousands.
    private const int MaximumProblem = 400;
    private const string UnicodeHelp = "Write the file as UTF-8 without lone surrogates.";

    private readonly JsonElement _element = element;

    /// <summary>The way from the root, such as <c>model.merges[3]</c>; empty at the root.</summary>
    public string Path { get; } = path;

    public bool IsNull => _element.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    public bool IsObject => _element.ValueKind == JsonValueKind.Object;

    public bool IsArray => _element.ValueKind == JsonValueKind.Array;

    /// <summary>The member of that name; a null part where it is absent.</summary>
    public JsonPart this[string name] =>
        Child(Object().TryGetProperty(name, out JsonElement value) ? value : default, name);

    /// <summary>The <c>type</c> member, by which components say what they are.</summary>
    public string Kind => this["type"].Text();

    public string Text()
    {
        Expect(JsonValueKind.String, "a string");
        try
        {
            return _element.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            // The reader checks UTF-8 and surrogate pairs only when a string is asked for.
            throw Invalid("is not valid Unicode text", UnicodeHelp, exception);
        }
    }

    /// <summary>The text, or the fallback where the value is null or absent.</summary>
    public string? TextOr(string? fallback) => IsNull ? fallback : Text();

    public bool FlagOr(bool fallback) => _element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Null or JsonValueKind.Undefined => fallback,
        _ => throw Invalid($"is {Describe()}, wanted true or false"),
    };

    public int Number(int maximum)
    {
        Expect(JsonValueKind.Number, "a number");
        return _element.TryGetInt32(out int value) && value >= 0 && value <= maximum
            ? value
            : throw Invalid($"is {_element.GetRawText()}, wanted a whole number from 0 to {maximum}");
    }

    /// <summary>A number that is not infinite.</summary>
    public double Real()
    {
        Expect(JsonValueKind.Number, "a number");
        return _element.TryGetDouble(out double value) && double.IsFinite(value)
            ? value
            : throw Invalid($"is {_element.GetRawText()}, which is too large");
    }

    public int Count => Expect(JsonValueKind.Array, "a list").GetArrayLength();

    public IEnumerable<JsonPart> Items()
    {
        int index = 0;
        foreach (JsonElement item in Expect(JsonValueKind.Array, "a list").EnumerateArray())
        {
            yield return new JsonPart(item, $"{Path}[{index}]", location);
            index++;
        }
    }

    /// <summary>
    /// Name and raw value of every member, in file order, without a path per member: for vocabularies.
    /// </summary>
    public IEnumerable<(string Name, JsonPart Value)> Members()
    {
        foreach (JsonProperty member in Object().EnumerateObject())
        {
            yield return (NameOf(member), new JsonPart(member.Value, Path, location));
        }
    }

    public CompilationException Invalid(string problem, string help = "", Exception? inner = null) =>
        new(
            Codes.TokenizerInvalid, $"{(Path.Length == 0 ? "the file" : Path)} {Shorten(problem)}", location,
            help, inner);

    /// <summary>A component that exists elsewhere but that we do not implement.</summary>
    public CompilationException Unknown(string stage, string known) =>
        Invalid($"is the {stage} '{Kind}', which is not supported; supported are {known}");

    private string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException exception)
        {
            throw Invalid("has a name that is not valid Unicode text", UnicodeHelp, exception);
        }
    }

    private static string Shorten(string problem) =>
        problem.Length <= MaximumProblem ? problem : $"{problem.AsSpan(0, MaximumProblem)}...";

    private JsonPart Child(JsonElement value, string name) =>
        new(value, Path.Length == 0 ? name : $"{Path}.{name}", location);

    private JsonElement Object() => Expect(JsonValueKind.Object, "an object");

    private JsonElement Expect(JsonValueKind kind, string wanted) =>
        _element.ValueKind == kind ? _element : throw Invalid($"is {Describe()}, wanted {wanted}");

    private string Describe() => _element.ValueKind switch
    {
        JsonValueKind.Undefined => "missing",
        JsonValueKind.Null => "null",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
    };
}
