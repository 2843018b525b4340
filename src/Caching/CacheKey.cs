using System.Security.Cryptography;
using System.Text;

namespace Flightc.Caching;

/// <summary>What a result depends on, as a text: two results with the same text are the same bytes.</summary>
/// <remarks>
/// <code>
/// flightc-cache 1
/// kind: tensor
/// tool: 0.1.0 …
/// weight: …
/// </code>
/// The text is compared as a whole whenever an entry is read, so that not even a collision of names can give a wrong result.
/// </remarks>
public sealed class CacheKey
{
    /// <summary>Raised whenever the bytes of any entry mean something else.</summary>
    public const int FormatVersion = 1;

    /// <summary>The most bytes of a text; long inputs stand in it by their hash.</summary>
    public const int MostBytes = 1 << 16;

    private const string KindMark = "kind: ";

    private static readonly string FirstLine = FormattableString.Invariant($"flightc-cache {FormatVersion}\n");

    /// <param name="kind">What is kept, a word such as <c>tensor</c>.</param>
    /// <param name="inputs">Everything that it depends on, the tool itself included: names, and values without line ends.</param>
    /// <exception cref="ArgumentException">A value has a line end, so that two keys could have one text; or the text is too long.</exception>
    public CacheKey(string kind, params ReadOnlySpan<(string Name, string Value)> inputs)
    {
        StringBuilder text = new(FirstLine);
        Append(text, "kind", kind);
        foreach ((string name, string value) in inputs)
        {
            Append(text, name, value);
        }

        (Kind, Text) = (kind, text.ToString());
        Bytes = Encoding.UTF8.GetBytes(Text);
        if (Bytes.Length > MostBytes)
        {
            throw new ArgumentException($"the key has {Bytes.Length} bytes; at most {MostBytes} are possible", nameof(inputs));
        }

        Name = HashOf(Bytes);
    }

    /// <summary>What is kept.</summary>
    public string Kind { get; }

    /// <summary>All inputs, a line each.</summary>
    public string Text { get; }

    /// <summary>SHA-256 of the text, lower-case hex.</summary>
    public string Name { get; }

    /// <summary>The text in UTF-8.</summary>
    internal byte[] Bytes { get; }

    /// <summary>SHA-256 of a text in UTF-8, lower-case hex: the form of long inputs.</summary>
    public static string HashOf(string text) => HashOf(Encoding.UTF8.GetBytes(text));

    /// <summary>SHA-256, lower-case hex.</summary>
    public static string HashOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>The kind that a text names; null where it is no text of a key.</summary>
    internal static string? KindOf(string text)
    {
        if (!text.StartsWith(FirstLine + KindMark, StringComparison.Ordinal))
        {
            return null;
        }

        int start = FirstLine.Length + KindMark.Length;
        int end = text.IndexOf('\n', start);
        return end > start ? text[start..end] : null;
    }

    private static void Append(StringBuilder text, string name, string value)
    {
        if (name.AsSpan().ContainsAny('\n', '\r', ':') || value.AsSpan().ContainsAny('\n', '\r'))
        {
            throw new ArgumentException($"'{name}: {value}' is no line of a key");
        }

        text.Append(name).Append(": ").Append(value).Append('\n');
    }
}
