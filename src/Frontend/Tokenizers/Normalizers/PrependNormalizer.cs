namespace Flightc.Tokenizers;

/// <summary>Puts a fixed text before everything that is not empty.</summary>
internal sealed class PrependNormalizer(string prefix) : INormalizer
{
    public string Normalize(string text) => text.Length == 0 ? text : prefix + text;
}
