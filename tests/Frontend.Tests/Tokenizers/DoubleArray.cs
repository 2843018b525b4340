using System.Text;

namespace Flightc.Tests.Tokenizers;

/// <summary>Writes compiled character maps: a double-array trie and the replacements its values point at.</summary>
/// <remarks>
/// Units as Darts-clone has them: bits 0–7 the label, bit 8 whether a value follows, bits 10–30 the offset; a value has
/// bit 31. Each node gets the first offset at which all its children find free places.
/// </remarks>
internal sealed class DoubleArray
{
    private readonly Dictionary<int, uint> _units = [];

    /// <summary>The map of entries and what takes their place.</summary>
    public static byte[] Build(params (string Entry, string Replacement)[] entries)
    {
        using MemoryStream replacements = new();
        List<(byte[] Key, uint Value)> keys = [];
        foreach ((string entry, string replacement) in entries)
        {
            keys.Add((Encoding.UTF8.GetBytes(entry), (uint)replacements.Length));
            replacements.Write(Encoding.UTF8.GetBytes(replacement + "\0"));
        }

        DoubleArray array = new();
        array._units[0] = 0;
        array.Place(0, 0, keys);
        int count = array._units.Keys.Max() + 1;
        using MemoryStream bytes = new();
        using BinaryWriter writer = new(bytes);
        writer.Write(4 * count);
        for (int i = 0; i < count; i++)
        {
            // A free place has a label that no byte is.
            writer.Write(array._units.GetValueOrDefault(i, 1u << 31));
        }

        writer.Write(replacements.ToArray());
        return bytes.ToArray();
    }

    private void Place(int node, int depth, List<(byte[] Key, uint Value)> keys)
    {
        List<(byte[] Key, uint Value)> ended = [.. keys.Where(key => key.Key.Length == depth)];
        var children = keys.Where(key => key.Key.Length > depth).GroupBy(key => key.Key[depth]).OrderBy(group => group.Key).ToList();
        int start = Enumerable.Range(1, 1 << 20).First(offset =>
            (ended.Count == 0 || IsFree(node ^ offset)) && children.All(child => IsFree(node ^ offset ^ child.Key)));
        _units[node] |= (uint)start << 10;
        if (ended.Count > 0)
        {
            _units[node] |= 1 << 8;
            _units[node ^ start] = (1u << 31) | ended[0].Value;
        }

        foreach (var child in children)
        {
            _units[node ^ start ^ child.Key] = child.Key;
        }

        foreach (var child in children)
        {
            Place(node ^ start ^ child.Key, depth + 1, [.. child]);
        }
    }

    private bool IsFree(int place) => !_units.ContainsKey(place);
}
