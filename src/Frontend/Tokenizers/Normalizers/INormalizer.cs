namespace Flightc.Tokenizers;

/// <summary>Rewrites text before it is cut into words.</summary>
internal interface INormalizer
{
    /// <summary>The text rewritten; both are well-formed UTF-16.</summary>
    string Normalize(string text);
}
