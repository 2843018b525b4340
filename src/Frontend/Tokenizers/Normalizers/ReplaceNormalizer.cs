namespace Flightc.Tokenizers;

/// <summary>Replaces every occurrence of a fixed text, from left to right.</summary>
internal sealed class ReplaceNormalizer(string pattern, string content) : INormalizer
{
    public string Normalize(string text) => text.Replace(pattern, content, StringComparison.Ordinal);
}
