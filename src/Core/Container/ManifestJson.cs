using System.Text.Json;

namespace Flightc.Container;

/// <summary>A value of a manifest, read with a wish for its type.</summary>
/// <remarks>What is not as wished is a <see cref="FormatException"/> that names the value.</remarks>
internal readonly struct ManifestJson(JsonElement element, string where)
{
    /// <summary>The value's place, for messages.</summary>
    public string Where => where.Length == 0 ? "the manifest" : $"'{where}'";

    public string Text => element.ValueKind is JsonValueKind.String ? element.GetString()! : throw Wrong("a string");

    public string Hash
    {
        get
        {
            string text = Text;
            return text.Length == 64 && text.All(char.IsAsciiHexDigitLower)
                ? text
                : throw Wrong("a hash of 64 hexadecimal digits");
        }
    }

    public bool Flag =>
        element.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? element.GetBoolean()
            : throw Wrong("true or false");

    /// <summary>Not negative.</summary>
    public long Integer =>
        element.ValueKind is JsonValueKind.Number && element.TryGetInt64(out long value) && value >= 0
            ? value
            : throw Wrong("a whole number");

    /// <summary>Not negative.</summary>
    public int Integer32 =>
        Integer is var value and <= int.MaxValue ? (int)value : throw Wrong("a whole number below 2^31");

    public double Number =>
        element.ValueKind is JsonValueKind.Number && element.TryGetDouble(out double value)
            && double.IsFinite(value)
            ? value
            : throw Wrong("a number");

    public IEnumerable<ManifestJson> Items
    {
        get
        {
            if (element.ValueKind is not JsonValueKind.Array)
            {
                throw Wrong("a list");
            }

            string place = where;
            return element.EnumerateArray().Select((item, i) => new ManifestJson(item, $"{place}[{i}]"));
        }
    }

    public IEnumerable<(string Name, ManifestJson Value)> Entries
    {
        get
        {
            if (element.ValueKind is not JsonValueKind.Object)
            {
                throw Wrong("an object");
            }

            string place = where;
            return element.EnumerateObject().Select(
                entry => (entry.Name, new ManifestJson(entry.Value, $"{place}.{entry.Name}")));
        }
    }

    public ManifestJson this[string key]
    {
        get
        {
            string place = where.Length == 0 ? key : $"{where}.{key}";
            if (element.ValueKind is not JsonValueKind.Object)
            {
                throw Wrong("an object");
            }

            return element.TryGetProperty(key, out JsonElement value)
                ? new ManifestJson(value, place)
                : throw new FormatException($"'{place}' is missing");
        }
    }

    /// <summary>
    /// The text of a key whatever its type, or a word for its absence: for manifests that may be of another
    /// version.
    /// </summary>
    public string Loose(string key) =>
        element.ValueKind is JsonValueKind.Object && element.TryGetProperty(key, out JsonElement value)
            ? value.ToString()
            : "nothing";

    /// <summary>The object of a key, or one without keys.</summary>
    public ManifestJson LooseObject(string key) =>
        element.ValueKind is JsonValueKind.Object && element.TryGetProperty(key, out JsonElement value)
            ? new ManifestJson(value, key)
            : this;

    /// <summary>Refuses keys that are not known.</summary>
    public void RequireOnly(ICollection<string> known)
    {
        foreach ((string name, _) in Entries)
        {
            if (!known.Contains(name))
            {
                throw new FormatException($"'{name}' is not a key of a manifest");
            }
        }
    }

    private FormatException Wrong(string wanted) => new($"{Where} is not {wanted}");
}
