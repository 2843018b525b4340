using System.Globalization;
using System.Text.Json;
using Flightc.Checkpoints;
using Flightc.Diagnostics;

namespace Flightc.Models;

/// <summary>
/// Reads typed values from one object of a JSON configuration and reports every fault at the place of its
/// key.
/// </summary>
/// <remarks>
/// A key that is absent and one that is null are the same. A method that reports returns null (or an empty list) and
/// sets <see cref="Failed"/>; nothing throws.
/// </remarks>
internal sealed class ConfigReader(JsonFile file, JsonElement scope, string prefix, DiagnosticBag bag)
{
    private ConfigReader? _parent;

    /// <summary>Whether anything was reported as an error by this reader or one for an object inside.</summary>
    public bool Failed { get; private set; }

    /// <summary>Whether the key is there and not null.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>Whether the key is there, be it null: stated, and not left to a default.</summary>
    public bool IsPresent(string key) => scope.TryGetProperty(key, out _);

    /// <summary>An integer that must be there.</summary>
    public int? Required(string key, int least, int most)
    {
        if (Has(key))
        {
            return Integer(key, least, most);
        }

        Report(Codes.ConfigInvalid, key, $"'{prefix}{key}' is missing; {Range(least, most)} is wanted");
        return null;
    }

    /// <summary>An integer, or null where there is none.</summary>
    public int? Integer(string key, int least, int most)
    {
        if (Find(key) is not JsonElement value)
        {
            return null;
        }

        if (value.ValueKind is JsonValueKind.Number && value.TryGetInt64(out long number)
            && number >= least && number <= most)
        {
            return (int)number;
        }

        Report(
            Codes.ConfigInvalid, key,
            $"'{prefix}{key}' is {JsonFile.Kind(value)}; {Range(least, most)} is wanted");
        return null;
    }

    /// <summary>
    /// A number above 0 (or also 0 itself) and at most <paramref name="most"/>, or null where there is none.
    /// </summary>
    public double? Number(string key, double most, bool acceptsZero = false)
    {
        if (Find(key) is not JsonElement value)
        {
            return null;
        }

        if (value.ValueKind is JsonValueKind.Number && value.TryGetDouble(out double number)
            && number <= most && (number > 0 || (acceptsZero && number == 0)))
        {
            return number;
        }

        string range = string.Create(
            CultureInfo.InvariantCulture, $"a number {(acceptsZero ? "from 0" : "above 0,")} up to {most}");
        Report(Codes.ConfigInvalid, key, $"'{prefix}{key}' is {JsonFile.Kind(value)}; {range} is wanted");
        return null;
    }

    /// <summary>A truth value, or null where there is none.</summary>
    public bool? Flag(string key)
    {
        if (Find(key) is not JsonElement value)
        {
            return null;
        }

        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        Report(Codes.ConfigInvalid, key, $"'{prefix}{key}' is {JsonFile.Kind(value)}; true or false is wanted");
        return null;
    }

    /// <summary>A string, or null where there is none.</summary>
    public string? Text(string key)
    {
        if (Find(key) is not JsonElement value)
        {
            return null;
        }

        if (value.ValueKind is JsonValueKind.String)
        {
            return value.GetString();
        }

        Report(Codes.ConfigInvalid, key, $"'{prefix}{key}' is {JsonFile.Kind(value)}; a string is wanted");
        return null;
    }

    /// <summary>A list of strings; empty where there is none.</summary>
    public string[] Texts(string key)
    {
        if (Find(key) is not JsonElement value)
        {
            return [];
        }

        if (value.ValueKind is JsonValueKind.Array
            && value.EnumerateArray().All(item => item.ValueKind is JsonValueKind.String))
        {
            return [.. value.EnumerateArray().Select(item => item.GetString()!)];
        }

        Report(Codes.ConfigInvalid, key, $"'{prefix}{key}' is {JsonFile.Kind(value)}; a list of strings is wanted");
        return [];
    }

    /// <summary>
    /// Token ids given as one integer or a list, each below <paramref name="end"/>; null where there are
    /// none.
    /// </summary>
    public int[]? Ids(string key, int end)
    {
        if (Find(key) is not JsonElement value)
        {
            return null;
        }

        JsonElement[] items = value.ValueKind is JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        int[] ids = new int[items.Length];
        for (int i = 0; i < items.Length; i++)
        {
            if (items[i].ValueKind is not JsonValueKind.Number || !items[i].TryGetInt32(out ids[i])
                || ids[i] < 0 || ids[i] >= end)
            {
                Report(
                    Codes.ConfigInvalid, key,
                    $"'{prefix}{key}' has {JsonFile.Kind(items[i])}; a token id from 0 to {end - 1} is wanted");
                return null;
            }
        }

        return ids;
    }

    /// <summary>
    /// A reader for an object inside, or null where there is none. Its faults stand at
    /// <paramref name="key"/>.
    /// </summary>
    public ConfigReader? Inside(string key)
    {
        if (Find(key) is not JsonElement value)
        {
            return null;
        }

        if (value.ValueKind is JsonValueKind.Object)
        {
            return new ConfigReader(file, value, $"{prefix}{key}.", bag) { _parent = this };
        }

        Report(Codes.ConfigInvalid, key, $"'{prefix}{key}' is {JsonFile.Kind(value)}; an object is wanted");
        return null;
    }

    /// <summary>Whether it is one of the objects of another reader, and how messages call its keys.</summary>
    public string Prefix => prefix;

    /// <summary>Whether a value of this object is itself an object.</summary>
    public bool HasNestedObject() =>
        scope.EnumerateObject().Any(entry => entry.Value.ValueKind is JsonValueKind.Object);

    /// <summary>Numbers, all above 0; null where there are none, or something else.</summary>
    public double[]? Numbers(string key)
    {
        if (Find(key) is not JsonElement value)
        {
            return null;
        }

        double[] numbers = value.ValueKind is JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(item => item.ValueKind is JsonValueKind.Number && item.TryGetDouble(out double n) ? n : double.NaN)]
            : [double.NaN];
        if (numbers.All(n => n > 0 && double.IsFinite(n)))
        {
            return numbers;
        }

        Report(Codes.ConfigInvalid, key, $"'{prefix}{key}' is {JsonFile.Kind(value)}; a list of numbers above 0 is wanted");
        return null;
    }

    /// <summary>A list of 0 and 1 (or of false and true); null where there is none, or something else.</summary>
    public bool[]? Switches(string key)
    {
        if (Find(key) is not JsonElement value)
        {
            return null;
        }

        if (value.ValueKind is JsonValueKind.Array && value.EnumerateArray().All(item => Switch(item) is not null))
        {
            return [.. value.EnumerateArray().Select(item => Switch(item)!.Value)];
        }

        Report(Codes.ConfigInvalid, key, $"'{prefix}{key}' is {JsonFile.Kind(value)}; a list of 0 and 1 is wanted");
        return null;
    }

    /// <summary>Adds a note at the place of a key: what was chosen where a configuration leaves a choice.</summary>
    public void Note(string key, string message) => bag.Note(Codes.ModelNote, message, file.LocationOf(RootOf(key)));

    /// <summary>Adds an error at the place of a key.</summary>
    public void Report(string code, string key, string message, string help = "")
    {
        bag.Error(code, message, file.LocationOf(RootOf(key)), help);
        for (ConfigReader? reader = this; reader is not null; reader = reader._parent)
        {
            reader.Failed = true;
        }
    }

    private static bool? Switch(JsonElement item) => item.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number when item.TryGetInt32(out int number) && number is 0 or 1 => number == 1,
        _ => null,
    };

    // Positions are known of the root's keys.
    private string RootOf(string key) => prefix.Length == 0 ? key : prefix[..prefix.IndexOf('.', StringComparison.Ordinal)];

    private static string Range(int least, int most) =>
        string.Create(CultureInfo.InvariantCulture, $"an integer from {least} to {most}");

    private JsonElement? Find(string key) =>
        scope.TryGetProperty(key, out JsonElement value) && value.ValueKind is not JsonValueKind.Null ? value : null;
}
