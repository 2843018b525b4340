using System.Text.Json;
using Flightc.Diagnostics;

namespace Flightc.Checkpoints;

/// <summary><c>model.safetensors.index.json</c>: which file of a folder holds which tensor.</summary>
/// <remarks>
/// Shard names come from the network; only plain names of <c>.safetensors</c> files are accepted, so that an
/// index can name nothing outside its folder.
/// </remarks>
internal sealed class ShardIndex
{
    /// <summary>The name that the hub gives it.</summary>
    public const string FileName = "model.safetensors.index.json";

    // An index holds about 100 bytes per tensor; the largest published ones have some 10 MB.
    private const int ByteLimit = 64 << 20;

    private ShardIndex(string path, SortedDictionary<string, List<string>> shards)
    {
        Path = path;
        Shards = shards;
    }

    public string Path { get; }

    /// <summary>Tensor names by shard file name, both in ordinal order.</summary>
    public SortedDictionary<string, List<string>> Shards { get; }

    public static ShardIndex Read(string path)
    {
        using JsonFile file = JsonFile.Open(path, Codes.ShardIndexInvalid, ByteLimit);
        if (!file.Root.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind is not JsonValueKind.Object)
        {
            throw new CompilationException(
                Codes.ShardIndexInvalid,
                "'weight_map' is missing or no object; tensor names with their files are wanted", path);
        }

        string where = file.LocationOf("weight_map");
        SortedDictionary<string, List<string>> shards = new(StringComparer.Ordinal);
        foreach (JsonProperty entry in map.EnumerateObject())
        {
            if (entry.Value.ValueKind is not JsonValueKind.String)
            {
                throw new CompilationException(
                    Codes.ShardIndexInvalid,
                    $"tensor '{Excerpt.Of(entry.Name)}' is in {JsonFile.Kind(entry.Value)}; a file name is wanted",
                    where);
            }

            string shard = entry.Value.GetString()!;
            if (!IsPlainFileName(shard))
            {
                throw new CompilationException(
                    Codes.ShardIndexInvalid,
                    $"tensor '{Excerpt.Of(entry.Name)}' is in '{Excerpt.Of(shard)}'; the plain name of a .safetensors file in the same folder is wanted",
                    where);
            }

            if (!shards.TryGetValue(shard, out List<string>? names))
            {
                shards.Add(shard, names = []);
            }

            names.Add(entry.Name);
        }

        if (shards.Count == 0)
        {
            throw new CompilationException(
                Codes.ShardIndexInvalid, "'weight_map' is empty; it must name every tensor", where);
        }

        foreach (List<string> names in shards.Values)
        {
            names.Sort(StringComparer.Ordinal);
        }

        return new ShardIndex(path, shards);
    }

    private static bool IsPlainFileName(string name) =>
        name.EndsWith(".safetensors", StringComparison.Ordinal)
        && !name.StartsWith('.')
        && !name.Any(c => c is '/' or '\\' or ':' || char.IsControl(c));
}
