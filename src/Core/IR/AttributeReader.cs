using System.Globalization;

namespace Flightc.IR;

/// <summary>The attributes of one operation in text, taken by name; what is left over is an error.</summary>
internal sealed class AttributeReader(GraphTextLine line, Dictionary<string, (string Value, int Column)> values)
{
    private readonly HashSet<string> _taken = [];

    /// <summary>A size: 1 … 2^31 - 1.</summary>
    public int Count(string name) => Take(name, "a whole number from 1", text =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value > 0
            ? value
            : (int?)null);

    /// <summary>A finite binary32.</summary>
    public float Single(string name) => Take(name, "a finite number", text =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float value)
            && float.IsFinite(value)
            ? value
            : (float?)null);

    /// <summary>A finite binary64.</summary>
    public double Double(string name) => Take(name, "a finite number", text =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && double.IsFinite(value)
            ? value
            : (double?)null);

    /// <summary>A form of a head's codes, as <see cref="HeadForms.NameOf"/> writes it.</summary>
    public HeadForm Form(string name) => Take(name, "true, false, keys4 or values4", text =>
        Enum.GetValues<HeadForm>().Cast<HeadForm?>().FirstOrDefault(form => HeadForms.NameOf(form!.Value) == text));

    /// <summary>A hash of 64 lower-case hexadecimal digits, or null where the attribute is absent.</summary>
    public string? FindHash(string name)
    {
        if (!values.TryGetValue(name, out (string Value, int Column) found))
        {
            return null;
        }

        _taken.Add(name);
        return found.Value.Length == 64 && found.Value.All(char.IsAsciiHexDigitLower)
            ? found.Value
            : throw line.Error(
                found.Column, $"'{name}' is a hash of 64 lower-case hexadecimal digits, not '{GraphTextLine.Shorten(found.Value)}'");
    }

    /// <summary>A size as <see cref="Count"/> reads it, or null where the attribute is absent.</summary>
    public int? FindCount(string name) => values.ContainsKey(name) ? Count(name) : null;

    /// <summary>A finite binary32, or null where the attribute is absent.</summary>
    public float? FindSingle(string name) => values.ContainsKey(name) ? Single(name) : null;

    /// <summary>A finite binary64, or null where the attribute is absent.</summary>
    public double? FindDouble(string name) => values.ContainsKey(name) ? Double(name) : null;

    /// <summary><c>true</c> or <c>false</c>, or null where the attribute is absent.</summary>
    public bool? FindFlag(string name) => values.ContainsKey(name)
        ? Take(name, "true or false", text => text switch { "true" => true, "false" => false, _ => (bool?)null })
        : null;

    /// <summary>What <paramref name="parse"/> makes of the text, or null where the attribute is absent.</summary>
    /// <param name="name">Of the attribute.</param>
    /// <param name="wanted">What is wanted, for the error where <paramref name="parse"/> gives null.</param>
    /// <param name="parse">Of the attribute's text.</param>
    public T? Find<T>(string name, string wanted, Func<string, T?> parse)
        where T : class
    {
        if (!values.TryGetValue(name, out (string Value, int Column) found))
        {
            return null;
        }

        _taken.Add(name);
        return parse(found.Value) ?? throw line.Error(found.Column, $"'{name}' is {wanted}, not '{GraphTextLine.Shorten(found.Value)}'");
    }

    /// <summary>Refuses attributes that nothing took.</summary>
    public void ThrowIfLeftOver(string mnemonic)
    {
        foreach ((string name, (_, int column)) in values.OrderBy(v => v.Value.Column))
        {
            if (!_taken.Contains(name))
            {
                throw line.Error(column, $"{mnemonic} has no attribute '{name}'");
            }
        }
    }

    private T Take<T>(string name, string wanted, Func<string, T?> parse)
        where T : struct
    {
        if (!values.TryGetValue(name, out (string Value, int Column) found))
        {
            throw line.Error(line.Column, $"the attribute '{name}' is missing: {name}=... with {wanted}");
        }

        _taken.Add(name);
        return parse(found.Value)
            ?? throw line.Error(found.Column, $"'{name}' is {wanted}, not '{GraphTextLine.Shorten(found.Value)}'");
    }
}
