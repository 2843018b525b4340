namespace Flightc.Models;

/// <summary>Names with the number of a layer, and with N in its place.</summary>
internal static class LayerNames
{
    private const string Layers = "layers.";
    private const string Any = "N";

    /// <summary><c>layers.3.attn.q</c> as <c>layers.N.attn.q</c> and 3; other names as they are, and null.</summary>
    public static (string Stem, string? Layer) Split(string name)
    {
        if (!name.StartsWith(Layers, StringComparison.Ordinal))
        {
            return (name, null);
        }

        int end = name.IndexOf('.', Layers.Length);
        if (end < 0)
        {
            return (name, null);
        }

        return ($"{Layers}{Any}{name[end..]}", name[Layers.Length..end]);
    }

    /// <summary>A name with N as one with a number: N is one of its parts between dots.</summary>
    public static string Join(string stem, string layer) =>
        string.Join('.', stem.Split('.').Select(part => part == Any ? layer : part));
}
