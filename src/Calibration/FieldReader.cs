using System.Globalization;

namespace Flightc.Calibration;

/// <summary>Takes a line of <c>key=value</c> fields apart; what is not there or no number reads as empty or 0.</summary>
/// <param name="text">Fields with one space between them.</param>
/// <param name="keys">The keys, in order.</param>
internal readonly struct FieldReader(string text, params string[] keys)
{
    private readonly string[] _fields = text.Split(' ');

    /// <summary>The value of field number <paramref name="field"/>.</summary>
    public string Text(int field)
    {
        string key = $"{keys[field]}=";
        return field < _fields.Length && _fields[field].StartsWith(key, StringComparison.Ordinal) ? _fields[field][key.Length..] : "";
    }

    /// <summary>The same as a whole number of 31 bits.</summary>
    public int Whole(int field) => int.TryParse(Text(field), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : 0;

    /// <summary>The same as a whole number of 63 bits.</summary>
    public long Long(int field) => long.TryParse(Text(field), NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : 0;

    /// <summary>The same as a whole number of 64 bits.</summary>
    public ulong Unsigned(int field) =>
        ulong.TryParse(Text(field), NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value : 0;
}
